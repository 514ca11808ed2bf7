const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
// The pages are in English, and so are words about time; dates and numbers are written as the browser is set up.
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** "3 minutes ago", "in 2 days". */
export function ago(moment: string | Date, now: number = Date.now()): string {
  const seconds = (new Date(moment).getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second" as const, 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** The moment in the reader's time zone. */
export const when = (moment: string | Date) => exact.format(new Date(moment));

/** The time of day in the reader's time zone. */
export const timeOfDay = (moment: string | Date | number) => clock.format(new Date(moment));

/** "2 h 5 min" of a number of seconds. */
export function lasting(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const parts: string[] = [];
  let left = Math.round(seconds / 60) * 60;
  for (const [name, size] of [["d", 86_400], ["h", 3600], ["min", 60]] as const) {
    if (left >= size && parts.length < 2) parts.push(`${Math.floor(left / size)} ${name}`);
    left %= size;
  }
  return parts.join(" ");
}
