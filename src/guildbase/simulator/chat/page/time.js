// Moments in the reader's own language and time zone.

import { h } from "/chat/dom.js";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

export const clockTime = (date) => clock.format(date);
export const dayOf = (date) => day.format(date);

export function shortMoment(date) {
  const today = new Date();
  return date.toDateString() === today.toDateString() ? clock.format(date) : `${date.toLocaleDateString()} ${clock.format(date)}`;
}

export function fromNow(date) {
  const seconds = (date - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, it]) => Math.abs(seconds) >= it) ?? UNITS.at(-1);
  return relative.format(Math.round(seconds / size), unit);
}

export function moment(date, style = "f") {
  const text = style === "R" ? fromNow(date) : new Intl.DateTimeFormat(undefined, STYLES[style] ?? STYLES.f).format(date);
  const data = style === "R" ? { from: date.getTime() } : {};
  return h("time", { class: "moment", datetime: date.toISOString(), title: full.format(date), data }, text);
}

export function stamp(date, text, kind) {
  return h("time", { class: kind, datetime: date.toISOString(), title: full.format(date) }, text);
}

setInterval(() => {
  for (const one of document.querySelectorAll("time[data-from]")) one.textContent = fromNow(new Date(Number(one.dataset.from)));
}, 15_000);
