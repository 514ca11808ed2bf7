import {
  ActivityIcon,
  ArrowLeftRightIcon,
  BanIcon,
  BlocksIcon,
  BugIcon,
  CalendarClockIcon,
  DatabaseIcon,
  FlagIcon,
  GavelIcon,
  HomeIcon,
  KeyRoundIcon,
  ListChecksIcon,
  MonitorSmartphoneIcon,
  NetworkIcon,
  ScrollTextIcon,
  ServerIcon,
  ShieldAlertIcon,
  ShieldCheckIcon,
  SirenIcon,
  TicketIcon,
  UserRoundIcon,
  UsersRoundIcon,
  WandSparklesIcon,
  type LucideIcon,
} from "lucide-react";
import type { RightName, Rights } from "@/hooks/use-rights";

export type MenuEntry = { href: string; label: string; icon: LucideIcon };
export type MenuGroup = { label: string; entries: MenuEntry[] };

/** A page of each server: its path below `/g/ID`, and the right that one must hold to see it (none: any right). */
type Area = { path: string; label: string; icon: LucideIcon; right?: RightName; feature?: string };

const SERVER: Area[] = [
  { path: "", label: "Home", icon: HomeIcon },
  { path: "modules", label: "Modules", icon: BlocksIcon, right: "view_settings" },
  { path: "audit", label: "Audit log", icon: ScrollTextIcon, right: "view_audit" },
  { path: "transfer", label: "Export and import", icon: ArrowLeftRightIcon, right: "edit_settings" },
];

const MODERATION: Area[] = [
  { path: "cases", label: "Cases", icon: GavelIcon, right: "view_cases", feature: "moderation" },
  { path: "reports", label: "Reports and appeals", icon: FlagIcon, right: "view_cases", feature: "reports" },
  { path: "automod", label: "AutoMod", icon: WandSparklesIcon, right: "view_settings", feature: "automod" },
  { path: "raids", label: "Raids and channels", icon: SirenIcon, right: "view_cases", feature: "antiraid" },
  { path: "tickets", label: "Tickets", icon: TicketIcon, feature: "tickets" },
  { path: "blocklist", label: "Block-list", icon: BanIcon, right: "edit_settings", feature: "standing" },
];

const ACCESS: Area[] = [
  { path: "access", label: "Dashboard access", icon: UsersRoundIcon },
  { path: "permissions", label: "Command permissions", icon: ListChecksIcon, right: "view_settings" },
  { path: "keys", label: "API keys", icon: KeyRoundIcon, right: "owner" },
];

const OPERATOR: MenuEntry[] = [
  { href: "/operator", label: "Health", icon: ActivityIcon },
  { href: "/operator/shards", label: "Shards", icon: NetworkIcon },
  { href: "/operator/servers", label: "Servers", icon: ServerIcon },
  { href: "/operator/errors", label: "Errors", icon: BugIcon },
  { href: "/operator/work", label: "Due work", icon: CalendarClockIcon },
  { href: "/operator/cache", label: "Cache", icon: DatabaseIcon },
  { href: "/operator/security", label: "Security", icon: ShieldAlertIcon },
];

const YOU: MenuEntry[] = [
  { href: "/servers", label: "All servers", icon: ShieldCheckIcon },
  { href: "/me/sessions", label: "My sessions", icon: MonitorSmartphoneIcon },
  { href: "/me/data", label: "My data", icon: UserRoundIcon },
];

const entries = (areas: readonly Area[], guildId: string, rights: Rights, features: ReadonlySet<string>): MenuEntry[] =>
  areas
    .filter(({ right, feature }) => (right ? rights.has(right) : rights.hasAny) && (!feature || features.has(feature)))
    .map(({ path, label, icon }) => ({ href: path ? `/g/${guildId}/${path}` : `/g/${guildId}`, label, icon }));

/** The pages of a server that the person may see; `features` are those that this bot has. */
export function guildMenu(guildId: string, rights: Rights, features: ReadonlySet<string>): MenuGroup[] {
  return [
    { label: "Server", entries: entries(SERVER, guildId, rights, features) },
    { label: "Moderation", entries: entries(MODERATION, guildId, rights, features) },
    { label: "Access", entries: entries(ACCESS, guildId, rights, features) },
  ].filter((group) => group.entries.length > 0);
}

export const operatorMenu: MenuGroup = { label: "Operator", entries: OPERATOR };
export const ownMenu: MenuGroup = { label: "You", entries: YOU };

/** What a part of an address is called in the breadcrumb; an id or a name stands for itself. */
export const segmentTitles: Record<string, string> = Object.fromEntries([
  ...[...SERVER, ...MODERATION, ...ACCESS].filter((area) => area.path).map((area) => [area.path, area.label]),
  ...[...OPERATOR, ...YOU].map((entry) => [entry.href.split("/").pop() ?? "", entry.label]),
  ["operator", "Operator"],
  ["settings", "Settings"],
  ["history", "History"],
  ["setup", "Types and ladder"],
  ["person", "Member"],
  ["me", "You"],
]);
