"use client";

import { ArchiveRestoreIcon, EyeIcon, EyeOffIcon, PencilIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { useRights } from "@/hooks/use-rights";
import { EditCase } from "./edit-case";
import { useCaseChanges } from "./use-case-changes";
import type { CaseFile } from "./words";

/** Edit, hide, strike and restore, as far as the person may. */
export function CaseActions({ file }: { file: CaseFile }) {
  const rights = useRights();
  const changes = useCaseChanges(file.number);
  const [isEditing, setEditing] = useState(false);
  const [why, setWhy] = useState("");
  const isAdmin = rights.has("edit_settings");
  return (
    <div className="flex flex-wrap gap-2">
      {!file.struck_at && (
        <Button variant="outline" size="sm" onClick={() => setEditing(true)}>
          <PencilIcon aria-hidden />
          Edit
        </Button>
      )}
      <Button
        variant="outline"
        size="sm"
        isBusy={changes.isBusy}
        onClick={() => void changes.hide(!file.is_hidden).catch(() => undefined)}
      >
        {file.is_hidden ? <EyeIcon aria-hidden /> : <EyeOffIcon aria-hidden />}
        {file.is_hidden ? "Show to all moderators" : "Hide"}
      </Button>
      {isAdmin && file.struck_at && (
        <Button variant="outline" size="sm" isBusy={changes.isBusy} onClick={() => void changes.restore().catch(() => undefined)}>
          <ArchiveRestoreIcon aria-hidden />
          Restore
        </Button>
      )}
      {isAdmin && !file.struck_at && (
        <Confirm
          trigger={
            <Button variant="outline" size="sm">
              <Trash2Icon aria-hidden />
              Strike
            </Button>
          }
          title={`Strike case #${file.number}?`}
          body={
            <div className="grid gap-3">
              <p>It counts no longer and lists leave it out. Its number and story are kept, and it can be restored.</p>
              <Field label="Why (for the audit log)">
                {(aria) => <Textarea {...aria} maxLength={1000} value={why} onChange={(event) => setWhy(event.target.value)} />}
              </Field>
            </div>
          }
          action="Strike"
          onConfirm={() => changes.strike(why)}
        />
      )}
      {isEditing && <EditCase file={file} onClose={() => setEditing(false)} />}
    </div>
  );
}
