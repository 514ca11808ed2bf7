import { PermissionsPage } from "@/features/permissions/permissions-page";

export default function Permissions() {
  return <PermissionsPage />;
}
