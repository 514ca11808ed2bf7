import { HistoryPage } from "@/features/settings/history-page";

export const generateStaticParams = () => [{ feature: "_" }];

export default function SettingsHistory() {
  return <HistoryPage />;
}
