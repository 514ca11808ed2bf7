import { ErrorsPage } from "@/features/operator/errors-page";

export default function OperatorErrors() {
  return <ErrorsPage />;
}
