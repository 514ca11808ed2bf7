// Finding people, roles and channels of the present server by their names.

import { ask } from "/chat/chat.js";
import { avatar } from "/chat/avatar.js";
import { h, icon } from "/chat/dom.js";
import { colorText, SPOKEN, state, THREADS } from "/chat/state.js";

const MOST = 25;

export async function people(words) {
  const { people: found } = await ask("members", { guild_id: state.guild?.id ?? null, words });
  return found.map((it) => ({ name: it.name, detail: it.username === it.name ? null : it.username, value: it.id, icon: avatar(it, { size: 24 }), person: it }));
}

export function roles(words) {
  const known = (state.guild?.roles ?? []).filter((it) => it.name.toLowerCase().includes(words.toLowerCase()));
  return known.slice(0, MOST).map((it) => ({ name: `@${it.name.replace(/^@/, "")}`, value: it.id, icon: h("span", { class: "role-dot", vars: { "--role": colorText(it.color) ?? "var(--faint)" } }) }));
}

export function channels(words, types = null) {
  const fits = (it) => (types ? types.includes(it.type) : true) && it.name.toLowerCase().includes(words.toLowerCase());
  return (state.guild?.channels ?? []).filter(fits).slice(0, MOST).map((it) => ({ name: it.name, value: it.id, icon: channelIcon(it) }));
}

export function channelIcon(channel) {
  if (channel.type === 1) return icon("direct");
  if (channel.type === 13) return icon("stage");
  if (SPOKEN.includes(channel.type)) return icon("voice");
  if (THREADS.includes(channel.type)) return icon("thread");
  if (channel.type === 5) return icon("announce");
  if (channel.type === 4) return icon("menu");
  return icon([15, 16].includes(channel.type) ? "forum" : "text");
}
