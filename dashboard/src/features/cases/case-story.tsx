"use client";

import { Person } from "@/components/person";
import { ago, when } from "@/lib/time";
import { FIELDS, nameOf, type CaseFile } from "./words";

type Change = CaseFile["edits"][number];

/** What happened to a case, newest first: every change with what stood there before. */
export const Story = ({ file }: { file: CaseFile }) => (
  <ol className="grid gap-4 border-l pl-4">
    {file.edits.map((edit, index) => (
      <li key={index} className="grid gap-1 text-sm">
        <Line id={edit.editor_id} name={edit.editor_name} did={didOf(edit)} at={edit.edited_at} />
        {isText(edit) && (
          <p className="grid gap-0.5 rounded-md bg-muted/60 p-2 break-words">
            {edit.before && <del className="text-muted-foreground">{edit.before}</del>}
            {edit.after && <ins className="no-underline">{edit.after}</ins>}
          </p>
        )}
      </li>
    ))}
    <li className="text-sm">
      <Line id={file.moderator_id} name={file.moderator_name} did={`opened it: ${nameOf(file)}`} at={file.created_at} />
    </li>
  </ol>
);

const isText = (edit: Change) => edit.field !== "is_hidden" && edit.field !== "deleted_at";

function didOf(edit: Change): string {
  if (edit.field === "is_hidden") return edit.after.toLowerCase() === "true" ? "hid it" : "showed it again";
  if (edit.field === "deleted_at") return edit.after ? "struck it" : "restored it";
  return `changed ${(FIELDS[edit.field] ?? edit.field).toLowerCase()}`;
}

const Line = ({ id, name, did, at }: { id: string | null; name: string; did: string; at: string }) => (
  <p className="flex flex-wrap items-center gap-x-2">
    <Person id={id} name={name || "A program"} />
    <span>{did}</span>
    <time dateTime={at} title={when(at)} className="text-xs text-muted-foreground">
      {ago(at)}
    </time>
  </p>
);
