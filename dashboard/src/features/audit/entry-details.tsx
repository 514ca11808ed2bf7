"use client";

import type { ReactNode } from "react";
import { DifferenceList } from "@/components/difference-list";
import { Person } from "@/components/person";
import { CopyText } from "@/components/ui/copy-text";
import { Sheet } from "@/components/ui/dialog";
import { differences, shown } from "@/lib/difference";
import { when } from "@/lib/time";
import { Target } from "./target";
import { phrase, type Entry } from "./words";

/** All that is known of one entry. */
export function EntryDetails({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { before, after, ...others } = entry.details;
  const hasDifference = "before" in entry.details || "after" in entry.details;
  const told = Object.entries(others).filter(([, value]) => value !== null && value !== "");
  return (
    <Sheet isOpen onOpenChange={onClose} title={phrase(entry.action, entry.details)}>
      <dl className="grid gap-4 text-sm">
        <Row label="Who">
          <Person id={entry.actor_id} name={entry.actor_name} />
        </Row>
        {entry.target_id && (
          <Row label="To whom or what">
            <Target entry={entry} />
          </Row>
        )}
        <Row label="When">{when(entry.created_at)}</Row>
        {entry.reason && (
          <Row label="Reason">
            <span className="break-words whitespace-pre-wrap">{entry.reason}</span>
          </Row>
        )}
        {hasDifference && (
          <Row label="What changed">
            <DifferenceList changes={differences(before ?? {}, after ?? {})} />
          </Row>
        )}
        {told.map(([name, value]) => (
          <Row key={name} label={name.replaceAll("_", " ")}>
            <span className="break-all">{shown(value)}</span>
          </Row>
        ))}
        <Row label="Action">
          <CopyText text={entry.action} />
        </Row>
        {entry.correlation_id && (
          <Row label="To quote to the operator">
            <CopyText text={entry.correlation_id} />
          </Row>
        )}
      </dl>
    </Sheet>
  );
}

const Row = ({ label, children }: { label: string; children: ReactNode }) => (
  <div className="grid gap-1">
    <dt className="text-xs text-muted-foreground">{label}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
);
