import { TicketPage } from "@/features/tickets/ticket-page";

export const generateStaticParams = () => [{ number: "_" }];

export default function Ticket() {
  return <TicketPage />;
}
