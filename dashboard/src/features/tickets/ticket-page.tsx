"use client";

import { DownloadIcon } from "lucide-react";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import { useGuildId, useGuildPath } from "@/hooks/use-guild-id";
import { TicketActions } from "./ticket-actions";
import { TicketFacts } from "./ticket-facts";
import { TicketLog } from "./ticket-log";
import { Transcript } from "./transcript";
import { isTeam, PRIORITIES, STATES, type TicketFull } from "./words";

/** One ticket: what was said, what happened, and what can be done. */
export function TicketPage() {
  const guild_id = useGuildId();
  const number = Number(useGuildPath(1));
  const query = $api.useQuery("get", "/api/v1/guilds/{guild_id}/tickets/{number}", { params: { path: { guild_id, number } } });
  const ticket = query.data;
  return (
    <Page
      title={ticket?.subject ? `#${number} ${ticket.subject}` : `Ticket #${number}`}
      description={ticket && <Badges ticket={ticket} />}
      actions={ticket && mayRead(ticket) && <Downloads guildId={guild_id} number={number} />}
    >
      <Loaded query={query}>
        {(found) => (
          <div className="grid grid-cols-1 gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
            <div className="grid min-w-0 grid-cols-1 content-start gap-6">
              <TicketActions ticket={found} />
              {mayRead(found) && <Transcript number={number} />}
            </div>
            <div className="grid min-w-0 grid-cols-1 content-start gap-6">
              <TicketFacts ticket={found} />
              <Card>
                <CardHeader>
                  <CardTitle>What happened</CardTitle>
                </CardHeader>
                <CardContent>
                  <TicketLog number={number} isTeam={isTeam(found)} />
                </CardContent>
              </Card>
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** Who was only added for a while reads the channel, and not all that was ever written. */
const mayRead = (ticket: TicketFull) => isTeam(ticket) || ticket.parts.some((part) => ["opener", "assignee"].includes(part));

const Badges = ({ ticket }: { ticket: TicketFull }) => (
  <span className="flex flex-wrap gap-1.5">
    <Badge tone={STATES[ticket.state].tone}>{STATES[ticket.state].label}</Badge>
    <Badge tone={PRIORITIES[ticket.priority].tone}>{PRIORITIES[ticket.priority].label}</Badge>
    <Badge>{ticket.category_name}</Badge>
    {ticket.tags.map((tag) => (
      <Badge key={tag}>{tag}</Badge>
    ))}
  </span>
);

function Downloads({ guildId, number }: { guildId: string; number: number }) {
  const address = (form: string) => `/api/v1/guilds/${guildId}/tickets/${number}/transcript?form=${form}&download=true`;
  const forms = { html: "Page to read (HTML)", text: "Plain text", json: "Data (JSON)" };
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="outline">
          <DownloadIcon aria-hidden />
          Transcript
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {Object.entries(forms).map(([form, label]) => (
          <MenuItem key={form} asChild>
            <a href={address(form)} download>
              {label}
            </a>
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}
