"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useModules } from "@/hooks/use-modules";
import { featureTitle } from "@/lib/titles";

/** Which modules are on. */
export function ModulesCard() {
  const guildId = useGuildId();
  const modules = useModules();
  return (
    <Card>
      <CardHeader className="flex-row items-center justify-between">
        <CardTitle>Modules</CardTitle>
        <Link href={`/g/${guildId}/modules`} className="text-sm text-primary underline-offset-4 hover:underline">
          Switch
        </Link>
      </CardHeader>
      <CardContent>
        <Loaded query={modules}>
          {({ modules: found }) => (
            <ul className="flex flex-wrap gap-2">
              {found
                .filter((module) => module.category !== "Basics")
                .map((module) => (
                  <li key={module.name}>
                    <Badge tone={module.is_on ? "success" : "neutral"}>
                      {featureTitle(module.name)}
                      {!module.is_on && " (off)"}
                    </Badge>
                  </li>
                ))}
            </ul>
          )}
        </Loaded>
      </CardContent>
    </Card>
  );
}
