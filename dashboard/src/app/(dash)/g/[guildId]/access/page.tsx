import { AccessPage } from "@/features/access/access-page";

export default function Access() {
  return <AccessPage />;
}
