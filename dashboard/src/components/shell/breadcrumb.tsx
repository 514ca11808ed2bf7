"use client";

import { ChevronRightIcon } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useGuilds } from "@/hooks/use-me";
import { segmentTitles } from "@/lib/navigation";
import { featureTitle } from "@/lib/titles";

/** A case or a ticket is known by its number. */
const numbered = (part: string) => (/^\d{1,10}$/.test(part) ? `#${part}` : part);

type Crumb = { href: string; label: string };

/** Where one is, from the address: the server, the area, and what is open in it. */
export function crumbs(path: string, guildName: (id: string) => string): Crumb[] {
  const parts = path.split("/").filter(Boolean);
  const found: Crumb[] = [];
  parts.forEach((part, index) => {
    const href = `/${parts.slice(0, index + 1).join("/")}`;
    if (part === "g" || ["p", "x"].includes(part)) return;
    // A feature has no page of its own there, and neither has a part of a plugin's path.
    if (index < parts.length - 1 && ((parts[2] === "p" && index === 3) || (parts[2] === "x" && index > 2))) return;
    if (parts[0] === "g" && index === 1) found.push({ href, label: guildName(part) });
    else if (parts[index - 1] === "settings") found.push({ href, label: featureTitle(decodeURIComponent(part)) });
    else if (part === "settings") found.push({ href: `/g/${parts[1]}/modules`, label: "Settings" });
    else if (part !== "me") found.push({ href, label: segmentTitles[part] ?? numbered(decodeURIComponent(part)) });
  });
  return found;
}

export function Breadcrumb() {
  const guilds = useGuilds().data?.guilds;
  const found = crumbs(usePathname(), (id) => guilds?.find((guild) => guild.id === id)?.name ?? "Server");
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1 text-sm">
        {found.map(({ href, label }, index) => {
          const isLast = index === found.length - 1;
          return (
            <li key={`${index} ${href}`} className={isLast ? "flex min-w-0 items-center gap-1" : "hidden min-w-0 items-center gap-1 sm:flex"}>
              {index > 0 && <ChevronRightIcon className="hidden size-3.5 shrink-0 text-muted-foreground sm:block" aria-hidden />}
              {isLast ? (
                <span aria-current="page" className="truncate font-medium">
                  {label}
                </span>
              ) : (
                <Link href={href} className="truncate text-muted-foreground hover:text-foreground">
                  {label}
                </Link>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
