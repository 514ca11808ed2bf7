export const STEPS = ["timeout", "mute", "jail", "kick", "softban", "tempban", "ban"] as const;
export type StepKind = (typeof STEPS)[number];
export type Step = { points: number; within: string; kind: StepKind; duration: string };

const NEEDS_DURATION: ReadonlySet<StepKind> = new Set(["timeout", "tempban"]);
const TAKES_NONE: ReadonlySet<StepKind> = new Set(["kick", "softban", "ban"]);
const LINE = /^\s*(\d+)(?:\s+in\s+([^=]+?))?\s*=\s*([a-z]+)(?:\s+(.+?))?\s*$/i;

/** The parts of a line such as `3 in 30d = timeout 1h`; undefined for another text. */
export function readStep(line: string): Step | undefined {
  const found = LINE.exec(line);
  const kind = STEPS.find((step) => step === found?.[3]?.toLowerCase());
  if (!found || !kind) return undefined;
  return { points: Number(found[1]), within: found[2] ?? "", kind, duration: found[4] ?? "" };
}

/** The line that the server keeps. */
export function writeStep({ points, within, kind, duration }: Step): string {
  const time = within.trim() ? ` in ${within.trim()}` : "";
  const lasts = TAKES_NONE.has(kind) || !duration.trim() ? "" : ` ${duration.trim()}`;
  return `${points}${time} = ${kind}${lasts}`;
}

export const takesDuration = (kind: StepKind) => !TAKES_NONE.has(kind);
export const needsDuration = (kind: StepKind) => NEEDS_DURATION.has(kind);

/** The line in words: "at 3 points within 30d: timeout for 1h". */
export function stepInWords(line: string): string {
  const step = readStep(line);
  if (!step) return line;
  const time = step.within ? ` within ${step.within}` : "";
  const lasts = step.duration ? ` for ${step.duration}` : "";
  return `at ${step.points} ${step.points === 1 ? "point" : "points"}${time}: ${step.kind}${lasts}`;
}
