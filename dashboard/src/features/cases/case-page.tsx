"use client";

import { ArrowLeftIcon } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useGuildId, useGuildPath } from "@/hooks/use-guild-id";
import { CaseView } from "./case-view";

/** One case under an address of its own, for links from elsewhere. */
export function CasePage() {
  const guildId = useGuildId();
  const number = Number(useGuildPath(1));
  const isNumber = Number.isInteger(number) && number > 0 && number < 2 ** 31;
  return (
    <Page
      title={isNumber ? `Case #${number}` : "Case"}
      description="What was done, by whom and why, and all that became of it."
      actions={
        <Button variant="outline" asChild>
          <Link href={`/g/${guildId}/cases`}>
            <ArrowLeftIcon aria-hidden />
            All cases
          </Link>
        </Button>
      }
    >
      <Card className="max-w-3xl">
        <CardContent>
          {isNumber ? <CaseView number={number} /> : <Empty icon={ArrowLeftIcon} title="This is no number of a case" />}
        </CardContent>
      </Card>
    </Page>
  );
}
