"use client";

import { Fragment, type ReactNode } from "react";
import { usePerson } from "@/hooks/use-people";
import { useLiveGuild } from "@/hooks/use-live-guild";

const TOKEN = /\*\*([^*]+)\*\*|`([^`]+)`|<(#|@&|@!?)(\d{1,20})>|(?:\*|_)([^*_\n]+)(?:\*|_)|\n/g;

/** A line as Discord shows it, made of elements: bold, slanted, code, and names for ids. Anything else is plain text. */
export function DiscordText({ children }: { children: string }) {
  const found: ReactNode[] = [];
  let end = 0;
  for (const match of children.matchAll(TOKEN)) {
    found.push(children.slice(end, match.index));
    end = match.index + match[0].length;
    found.push(<Fragment key={match.index}>{token(match)}</Fragment>);
  }
  return (
    <span className="break-words">
      {found}
      {children.slice(end)}
    </span>
  );
}

function token([all, bold, code, sign, id, slanted]: RegExpExecArray): ReactNode {
  if (bold) return <strong className="font-semibold">{bold}</strong>;
  if (code) return <code className="rounded bg-muted px-1 py-0.5 font-mono text-[0.85em]">{code}</code>;
  if (sign && id) return <Mention sign={sign} id={id} />;
  if (slanted) return <em>{slanted}</em>;
  return all === "\n" ? <br /> : all;
}

export function Mention({ sign, id }: { sign: string; id: string }) {
  const guild = useLiveGuild().data;
  const person = usePerson(sign.startsWith("@") && sign !== "@&" ? id : null).data;
  const list = sign === "#" ? guild?.channels : sign === "@&" ? guild?.roles : undefined;
  const name = list?.find((one) => one.id === id)?.name ?? person?.name ?? id;
  return <span className="rounded bg-primary/15 px-1 text-foreground">{`${sign === "#" ? "#" : "@"}${name.replace(/^@/, "")}`}</span>;
}
