import { BlocklistPage } from "@/features/blocklist/blocklist-page";

export default function Blocklist() {
  return <BlocklistPage />;
}
