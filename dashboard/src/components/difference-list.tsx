import { Badge } from "@/components/ui/badge";
import { shown, type Difference } from "@/lib/difference";

const TONES = { added: "success", changed: "info", removed: "danger" } as const;

/** What changed, value by value: what was there is struck through. */
export const DifferenceList = ({ changes }: { changes: readonly Difference[] }) => (
  <ul className="divide-y text-sm">
    {changes.map((change) => (
      <li key={change.path} className="grid gap-1 py-2">
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone={TONES[change.kind]}>{change.kind}</Badge>
          <span className="min-w-0 font-mono text-xs break-all">{change.path}</span>
        </div>
        <div className="flex flex-wrap gap-x-2 gap-y-1 text-xs break-all">
          {change.kind !== "added" && <del className="text-destructive">{shown(change.before)}</del>}
          {change.kind === "changed" && <span aria-hidden>→</span>}
          {change.kind !== "removed" && <ins className="text-success no-underline">{shown(change.after)}</ins>}
        </div>
      </li>
    ))}
  </ul>
);
