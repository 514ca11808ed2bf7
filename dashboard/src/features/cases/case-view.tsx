"use client";

import { ExternalLinkIcon, EyeOffIcon } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";
import { Appeals } from "./appeals";
import { CaseActions } from "./case-actions";
import { Story } from "./case-story";
import { Notes } from "./notes";
import { Part } from "./part";
import { nameOf, NOTICES, SOURCES, STATES, toneOf, type CaseFile } from "./words";

/** One case with its whole story, wherever it is shown. */
export function CaseView({ number }: { number: number }) {
  const guild_id = useGuildId();
  const file = $api.useQuery("get", "/api/v1/guilds/{guild_id}/cases/{number}", { params: { path: { guild_id, number } } });
  return <Loaded query={file}>{(found) => <Known file={found} />}</Loaded>;
}

function Known({ file }: { file: CaseFile }) {
  const guildId = useGuildId();
  const rights = useRights();
  return (
    <div className="grid gap-6">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={toneOf(file.type)}>{nameOf(file)}</Badge>
        <Badge tone={STATES[file.state].tone}>{STATES[file.state].label}</Badge>
        {file.struck_at && <Badge tone="danger">Struck</Badge>}
        {file.is_hidden && (
          <Badge>
            <EyeOffIcon aria-hidden />
            Hidden
          </Badge>
        )}
      </div>
      <p className="text-sm whitespace-pre-wrap break-words">{file.reason}</p>
      {rights.has("moderate") && <CaseActions file={file} />}
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-4 gap-y-3 text-sm">
        <Fact name="Member">
          <Link href={`/g/${guildId}/cases/person?id=${file.target_id}`} className="inline-flex max-w-full hover:underline">
            <Person id={file.target_id} name={file.target_name} />
          </Link>
        </Fact>
        <Fact name="Moderator">
          <Person id={file.moderator_id} name={file.moderator_name} />
        </Fact>
        <Fact name="When">
          {when(file.created_at)} <span className="text-muted-foreground">({ago(file.created_at)})</span>
        </Fact>
        <Fact name="Came from">{SOURCES[file.source]}</Fact>
        <Fact name="On Discord">{file.failure ?? STATES[file.state].told}</Fact>
        <Fact name="Told">{NOTICES[file.notice]}</Fact>
        {(file.expires_at ?? file.ended_at) && <Fact name="Ends">{endOf(file)}</Fact>}
        {file.ending_case !== null && (
          <Fact name="Ended by">
            <Link className="text-primary hover:underline" href={`/g/${guildId}/cases/${file.ending_case}`}>
              Case #{file.ending_case}
            </Link>
          </Fact>
        )}
        {Object.entries(file.details).map(([name, value]) => (
          <Fact key={name} name={name.replaceAll("_", " ")}>
            {typeof value === "object" ? JSON.stringify(value) : String(value)}
          </Fact>
        ))}
      </dl>
      {file.evidence.length > 0 && (
        <Part title="Evidence">
          <ul className="grid gap-2">
            {file.evidence.map((it) => (
              <li key={it.url}>
                <Button variant="outline" size="sm" asChild>
                  <a href={safe(it.url)} target="_blank" rel="noreferrer noopener">
                    <ExternalLinkIcon aria-hidden />
                    <span className="max-w-64 truncate">{it.filename || "Link"}</span>
                  </a>
                </Button>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Appeals caseNumber={file.number} />
      <Part title="Story">
        <Story file={file} />
      </Part>
      <Part title="Notes on this member">
        <Notes target={{ id: file.target_id, name: file.target_name }} />
      </Part>
    </div>
  );
}

function endOf(file: CaseFile): string {
  if (file.ended_at) return `It ended ${ago(file.ended_at)}.`;
  return file.expires_at ? `${when(file.expires_at)} (${ago(file.expires_at)})` : "Never";
}

/** Evidence is what people gave as a link: only those of the web are followed. */
const safe = (url: string) => (/^https?:\/\//i.test(url) ? url : undefined);

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-muted-foreground first-letter:uppercase">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
);
