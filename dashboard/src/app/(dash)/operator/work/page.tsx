import { WorkPage } from "@/features/operator/work-page";

export default function OperatorWork() {
  return <WorkPage />;
}
