import { SessionsPage } from "@/features/me/sessions-page";

export default function Sessions() {
  return <SessionsPage />;
}
