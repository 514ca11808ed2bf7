import { CachePage } from "@/features/operator/cache-page";

export default function OperatorCache() {
  return <CachePage />;
}
