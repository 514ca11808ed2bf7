import { ServersPage } from "@/features/operator/servers-page";

export default function OperatorServers() {
  return <ServersPage />;
}
