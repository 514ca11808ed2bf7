import { Badge, type Tone } from "@/components/ui/badge";
import { Select } from "@/components/ui/select";
import { titled } from "@/lib/titles";

const TONES: Record<string, Tone> = { failed: "danger", running: "info", done: "success", pending: "neutral" };

/** Where a piece of work stands. */
export const WorkState = ({ state }: { state: string }) => <Badge tone={TONES[state]}>{titled(state)}</Badge>;

type StateFilterProps<State extends string> = {
  value: State | "any";
  states: readonly State[];
  onChange: (state: State | "any") => void;
};

/** Leaves out work that stands elsewhere. */
export const StateFilter = <State extends string>({ value, states, onChange }: StateFilterProps<State>) => (
  <Select
    aria-label="State"
    className="w-40"
    value={value}
    onValueChange={onChange}
    options={[{ value: "any" as const, label: "Any state" }, ...states.map((state) => ({ value: state, label: titled(state) }))]}
  />
);
