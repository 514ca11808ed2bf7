// What the page knows, and who wants to hear when a part of it changes.

export const state = {
  me: null,
  bot: null,
  guilds: [],
  guildCount: 0,
  guild: null,
  channel: null,
  direct: null,
  messages: [],
  more: false,
  // Newer messages are left out while one reads far back.
  behind: false,
  atEnd: true,
  commands: [],
  unread: new Map(),
  waiting: new Map(),
  typing: new Map(),
  replyTo: null,
  online: false,
};

const listeners = new Map();

export function when(parts, listener) {
  for (const part of parts) listeners.set(part, [...(listeners.get(part) ?? []), listener]);
}

export function changed(...parts) {
  const due = new Set(parts.flatMap((it) => listeners.get(it) ?? []));
  for (const listener of due) listener();
}

const BITS = {
  admin: 3n, addReactions: 6n, viewChannel: 10n, send: 11n, manageMessages: 13n, attach: 15n, commands: 31n,
  sendInThreads: 38n, pin: 51n,
};

export function may(what, place = state.channel) {
  const bits = BigInt(place?.permissions ?? 0);
  return Boolean(bits & (1n << BITS[what]) || bits & (1n << BITS.admin));
}

export const THREADS = [10, 11, 12];
export const SPOKEN = [2, 13];

export function roleOf(id) {
  return state.guild?.roles.find((it) => it.id === id);
}

export function channelOf(id) {
  return state.guild?.channels.find((it) => it.id === id);
}

export function colorText(value) {
  return value ? `#${value.toString(16).padStart(6, "0")}` : null;
}
