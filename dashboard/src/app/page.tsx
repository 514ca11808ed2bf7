import { Landing } from "@/features/servers/landing";

export default function HomePage() {
  return <Landing />;
}
