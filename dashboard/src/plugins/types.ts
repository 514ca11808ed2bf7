import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";

export type PluginPageProps = {
  guildId: string;
  /** What stood in the address for the `:names` in the page's path. */
  params: Record<string, string>;
};

export type PluginPage = {
  /** Below the plugin's own address; "" is its first page, and `item/:id` takes any id. */
  path: string;
  title: string;
  icon?: LucideIcon;
  /** Whether the menu has an entry for it. */
  isInMenu?: boolean;
  /** Loads the page when it is opened, in a chunk of its own. */
  load: () => Promise<{ default: ComponentType<PluginPageProps> }>;
};

export type Plugin = {
  /** The name of its folder. */
  id: string;
  title: string;
  /** A feature of the bot without which the plugin is not shown. */
  requiresFeature?: string;
  pages: PluginPage[];
};

/** The name is kept as it is written, so that a build can tell when it is not that of the folder. */
export const definePlugin = <Name extends string>(plugin: Plugin & { id: Name }): Plugin & { id: Name } => plugin;
