import { SettingsPage } from "@/features/settings/settings-page";

export const generateStaticParams = () => [{ feature: "_" }];

export default function Settings() {
  return <SettingsPage />;
}
