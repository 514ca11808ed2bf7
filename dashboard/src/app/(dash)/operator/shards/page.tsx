import { ShardsPage } from "@/features/operator/shards-page";

export default function OperatorShards() {
  return <ShardsPage />;
}
