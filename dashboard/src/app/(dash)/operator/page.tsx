import { HealthPage } from "@/features/operator/health-page";

export default function OperatorHealth() {
  return <HealthPage />;
}
