import { HandIcon } from "lucide-react";
import { definePlugin } from "@/plugins/types";

export default definePlugin({
  id: "greetings",
  title: "Greetings",
  // The feature in examples/hello-cog: a bot without it has no use for these pages, and they are not shown.
  requiresFeature: "hello",
  pages: [
    { path: "", title: "Greetings", icon: HandIcon, isInMenu: true, load: () => import("./greetings-page") },
    { path: "day/:day", title: "Greetings of a day", load: () => import("./day-page") },
  ],
});
