import { HomePage } from "@/features/home/home-page";

export default function GuildHome() {
  return <HomePage />;
}
