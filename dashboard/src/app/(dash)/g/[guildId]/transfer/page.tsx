import { TransferPage } from "@/features/transfer/transfer-page";

export default function Transfer() {
  return <TransferPage />;
}
