import { DataPage } from "@/features/pages/data-page";

export const generateStaticParams = () => [{ feature: "_", page: "_" }];

export default function FeaturePage() {
  return <DataPage />;
}
