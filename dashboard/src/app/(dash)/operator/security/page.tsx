import { SecurityPage } from "@/features/operator/security-page";

export default function OperatorSecurity() {
  return <SecurityPage />;
}
