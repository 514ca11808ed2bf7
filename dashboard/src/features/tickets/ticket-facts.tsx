"use client";

import { StarIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/client";
import { ChannelName } from "@/components/channel-name";
import { Person } from "@/components/person";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import { ago, lasting, when } from "@/lib/time";

const seconds = (from: string, to: string) => (new Date(to).getTime() - new Date(from).getTime()) / 1000;

/** Who, when and how it ended. */
export const TicketFacts = ({ ticket }: { ticket: Schemas["TicketFull"] }) => (
  <Card>
    <CardHeader>
      <CardTitle>Details</CardTitle>
    </CardHeader>
    <CardContent>
      <dl className="grid gap-3 text-sm">
        <Fact name="Opened by">
          <Person id={ticket.opener_id} name={ticket.opener_name} />
        </Fact>
        <Fact name="Opened">{`${when(ticket.created_at)} (${ago(ticket.created_at)})`}</Fact>
        <Fact name="Answered by">{ticket.assignee_id ? <Person id={ticket.assignee_id} name={ticket.assignee_name} /> : "Nobody"}</Fact>
        <Fact name="First answer">
          {ticket.first_response_at ? `after ${lasting(seconds(ticket.created_at, ticket.first_response_at))}` : "None yet"}
        </Fact>
        {ticket.closed_at && <Fact name="Closed">{`after ${lasting(seconds(ticket.created_at, ticket.closed_at))}`}</Fact>}
        {ticket.close_reason && <Fact name="Why">{ticket.close_reason}</Fact>}
        {ticket.channel_id && (
          <Fact name={ticket.kind === "thread" ? "Thread" : "Channel"}>
            <ChannelName id={ticket.channel_id} />
          </Fact>
        )}
        {ticket.participants.length > 0 && (
          <Fact name="Added">
            <span className="grid gap-1">
              {ticket.participants.map((id) => (
                <Person key={id} id={id} />
              ))}
            </span>
          </Fact>
        )}
        {ticket.rating !== null && (
          <Fact name="Satisfaction">
            <Stars rating={ticket.rating} />
            {ticket.rating_comment && <p className="mt-1 break-words whitespace-pre-wrap">{ticket.rating_comment}</p>}
          </Fact>
        )}
        {Object.entries(ticket.answers).map(([question, answer]) => (
          <Fact key={question} name={question}>
            <span className="break-words whitespace-pre-wrap">{answer}</span>
          </Fact>
        ))}
        {ticket.failure && (
          <Fact name="Trouble">
            <span className="text-warning">{ticket.failure}</span>
          </Fact>
        )}
      </dl>
    </CardContent>
  </Card>
);

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-xs break-words text-muted-foreground">{name}</dt>
    <dd className="mt-0.5 min-w-0 break-words">{children}</dd>
  </div>
);

const Stars = ({ rating }: { rating: number }) => (
  <span className="inline-flex items-center gap-0.5" role="img" aria-label={`${rating} of 5 stars`}>
    {[1, 2, 3, 4, 5].map((star) => (
      <StarIcon key={star} className={cn("size-4", star <= rating ? "fill-warning text-warning" : "text-muted-foreground")} aria-hidden />
    ))}
  </span>
);
