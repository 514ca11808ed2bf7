"use client";

import { useState, type ReactNode } from "react";
import { when } from "@/lib/time";
import { cn } from "@/lib/cn";
import { parse, type Piece } from "./markup";

const mention = "rounded bg-primary/15 px-1 font-medium text-primary";

/** What somebody wrote, with Discord's markup as elements; text is only ever text. */
export const MessageText = ({ text, names }: { text: string; names?: ReadonlyMap<string, string> }) => (
  <div className="text-sm leading-relaxed break-words whitespace-pre-wrap">
    <Pieces pieces={parse(text)} names={names} />
  </div>
);

type Names = { names?: ReadonlyMap<string, string> };

const Pieces = ({ pieces, names }: { pieces: Piece[] } & Names) =>
  pieces.map((piece, index) => <Shown key={index} piece={piece} names={names} />);

function Shown({ piece, names }: { piece: Piece } & Names): ReactNode {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "break":
      return <br />;
    case "code":
      return <code className="rounded bg-muted px-1 py-0.5 font-mono text-[0.85em]">{piece.text}</code>;
    case "block":
      return <pre className="my-1 overflow-x-auto rounded-md border bg-muted p-3 font-mono text-xs">{piece.text}</pre>;
    case "link":
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow" className="break-all text-primary underline underline-offset-2">
          {piece.text}
        </a>
      );
    case "mention":
      return <span className={mention}>{mentioned(piece.of, piece.id, names)}</span>;
    case "emoji":
      return `:${piece.name}:`;
    case "time":
      return <time dateTime={new Date(piece.seconds * 1000).toISOString()}>{when(new Date(piece.seconds * 1000))}</time>;
    case "spoiler":
      return <Spoiler pieces={piece.pieces} names={names} />;
    default:
      return <Marked piece={piece} names={names} />;
  }
}

function mentioned(of: "user" | "role" | "channel", id: string, names: Names["names"]): string {
  if (of === "user") return `@${names?.get(id) ?? id}`;
  return of === "role" ? `@role ${id}` : `#${id}`;
}

function Marked({ piece, names }: { piece: Extract<Piece, { pieces: Piece[] }> } & Names) {
  const inner = <Pieces pieces={piece.pieces} names={names} />;
  switch (piece.kind) {
    case "bold":
      return <strong>{inner}</strong>;
    case "italic":
      return <em>{inner}</em>;
    case "underline":
      return <u>{inner}</u>;
    case "strike":
      return <s>{inner}</s>;
    case "quote":
      return <blockquote className="border-l-4 pl-3">{inner}</blockquote>;
    default:
      return <p className={cn("mt-2 font-semibold", piece.kind === "heading" && piece.level === 1 && "text-lg")}>{inner}</p>;
  }
}

function Spoiler({ pieces, names }: { pieces: Piece[] } & Names) {
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <span className="rounded bg-muted px-1"><Pieces pieces={pieces} names={names} /></span>;
  return (
    <button type="button" className="rounded bg-muted-foreground/40 px-1 text-xs" onClick={() => setOpen(true)}>
      Spoiler: show
    </button>
  );
}
