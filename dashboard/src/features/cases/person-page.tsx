"use client";

import { GavelIcon, PlusIcon, UserRoundIcon } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { CopyText } from "@/components/ui/copy-text";
import { Page } from "@/components/ui/page";
import { Pager } from "@/components/ui/pager";
import { Empty, Loaded } from "@/components/ui/states";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { usePerson } from "@/hooks/use-people";
import { useRights } from "@/hooks/use-rights";
import { CaseTable } from "./case-table";
import { NewCase } from "./new-case";
import { Notes } from "./notes";
import { Standing } from "./standing";

/** Everything about one member: where they stand, their cases and what moderators noted. */
export function PersonPage() {
  const guildId = useGuildId();
  const router = useRouter();
  const wanted = useSearchParams().get("id") ?? "";
  const id = /^\d{17,20}$/.test(wanted) ? wanted : null;
  const rights = useRights();
  const person = usePerson(id).data;
  const [isNew, setNew] = useState(false);
  return (
    <Page
      title={person?.name ?? "Member"}
      description="Cases, warnings that count and notes of one member."
      actions={
        id &&
        rights.has("moderate") && (
          <Button onClick={() => setNew(true)}>
            <PlusIcon aria-hidden />
            New case
          </Button>
        )
      }
    >
      <div className="mb-6 flex flex-wrap items-center gap-4">
        <UserPicker
          aria-label="Member"
          className="w-full max-w-sm"
          value={id}
          onChange={(next) => router.replace(`/g/${guildId}/cases/person${next ? `?id=${next}` : ""}`)}
        />
        {id && (
          <span className="flex items-center gap-3 text-sm">
            <Person id={id} />
            <CopyText text={id} label="Copy the id" />
          </span>
        )}
      </div>
      {id ? (
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <Card>
            <CardHeader>
              <CardTitle>Cases</CardTitle>
            </CardHeader>
            <Cases target={id} />
          </Card>
          <div className="grid gap-6">
            <Card>
              <CardHeader>
                <CardTitle>Where they stand</CardTitle>
              </CardHeader>
              <CardContent>
                <Standing id={id} />
              </CardContent>
            </Card>
            <Card>
              <CardHeader>
                <CardTitle>Notes</CardTitle>
              </CardHeader>
              <CardContent>
                <Notes target={{ id, name: person?.name ?? "" }} />
              </CardContent>
            </Card>
          </div>
          <NewCase isOpen={isNew} onOpenChange={setNew} target={id} />
        </div>
      ) : (
        <Card>
          <Empty icon={UserRoundIcon} title="Whom do you want to know about?">
            Pick a member above, or press a name in the list of cases.
          </Empty>
        </Card>
      )}
    </Page>
  );
}

function Cases({ target }: { target: string }) {
  const guild_id = useGuildId();
  const router = useRouter();
  const cursor = useCursor(target);
  const query = { target, limit: 20, after: cursor.after };
  const page = $api.useQuery("get", "/api/v1/guilds/{guild_id}/cases", { params: { path: { guild_id }, query } });
  return (
    <Loaded query={page}>
      {(data) => (
        <>
          {data.cases.length > 0 ? (
            <CaseTable cases={data.cases} onOpen={(number) => router.push(`/g/${guild_id}/cases/${number}`)} />
          ) : (
            <Empty icon={GavelIcon} title="A clean record">
              Nothing was ever done to them here.
            </Empty>
          )}
          <Pager cursor={cursor} next={data.next_after == null ? null : String(data.next_after)} />
        </>
      )}
    </Loaded>
  );
}
