"use client";

import { useQueryClient } from "@tanstack/react-query";
import { PlusIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { StandingForm, type StandingIn } from "./standing-form";
import { StandingsTable } from "./standings-table";

const LIST = "/api/v1/guilds/{guild_id}/standings";

export function BlocklistPage() {
  const canEdit = useRights().has("edit_settings");
  const [isAdding, setAdding] = useState(false);
  return (
    <Page
      title="Block-list"
      description="Who may use nothing of the bot in this server, and who is spared its limits."
      actions={
        canEdit && (
          <Button onClick={() => setAdding(true)}>
            <PlusIcon aria-hidden /> Add somebody
          </Button>
        )
      }
    >
      <Tabs defaultValue="now">
        <TabsList aria-label="Block-list">
          <TabsTrigger value="now">In force</TabsTrigger>
          <TabsTrigger value="past">Ran out</TabsTrigger>
        </TabsList>
        <TabsContent value="now">
          <Standings isPast={false} canEdit={canEdit} />
        </TabsContent>
        <TabsContent value="past">
          <Standings isPast canEdit={false} />
        </TabsContent>
      </Tabs>
      {isAdding && <AddDialog onOpenChange={setAdding} />}
    </Page>
  );
}

function useStandingsChanged() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["get", LIST] });
}

function Standings({ isPast, canEdit }: { isPast: boolean; canEdit: boolean }) {
  const guild_id = useGuildId();
  const changed = useStandingsChanged();
  const query = $api.useInfiniteQuery(
    "get",
    LIST,
    { params: { path: { guild_id }, query: { past: isPast, limit: 50 } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  const lift = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/standings/{user_id}");
  return (
    <StandingsTable
      query={query}
      canEdit={canEdit}
      empty={isPast ? "Blocks that ran out stay here for 30 days." : "Blocking keeps somebody from the bot without a ban."}
      subject={(standing) => <Person id={standing.subject_id} />}
      setter={(standing) => <Person id={standing.set_by_id} name={standing.set_by_name || undefined} className="text-xs" />}
      onLift={async (standing) => {
        await lift.mutateAsync({ params: { path: { guild_id, user_id: standing.subject_id } } });
        toast.success("Lifted.");
        await changed();
      }}
    />
  );
}

function AddDialog({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const guild_id = useGuildId();
  const changed = useStandingsChanged();
  const [subject, setSubject] = useState<string | null>(null);
  const decide = $api.useMutation("post", LIST, { meta: { isHandled: true } });
  async function submit(body: StandingIn) {
    await decide.mutateAsync({ params: { path: { guild_id } }, body });
    toast.success(body.status === "blocked" ? "They are blocked." : "They are trusted.");
    await changed();
    onOpenChange(false);
  }
  return (
    <Dialog isOpen onOpenChange={onOpenChange} title="Block or trust somebody" description="It counts at once, instead of what was decided before.">
      <StandingForm
        subject={<Field label="Who">{(aria) => <UserPicker {...aria} value={subject} onChange={setSubject} />}</Field>}
        subjectId={subject}
        problem={decide.error}
        isBusy={decide.isPending}
        onSubmit={submit}
        onCancel={() => onOpenChange(false)}
      />
    </Dialog>
  );
}
