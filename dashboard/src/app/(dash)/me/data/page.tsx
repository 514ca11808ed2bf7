import { DataPage } from "@/features/me/data-page";

export default function Data() {
  return <DataPage />;
}
