// The messages of the open channel that the page keeps: the last ones, and those before them that one has read.

import { changed, state } from "/chat/state.js";

// So many messages are on the page at most, however long the conversation.
const MOST_KEPT = 400;
const dismissed = new Set();

export const isKept = (message) => !dismissed.has(message.id);

const older = (a, b) => a.length - b.length || (a < b ? -1 : Number(a > b));

export function takeMessage(message) {
  if (message.channel_id !== state.channel?.id || !isKept(message)) return;
  if (message.interaction) state.waiting.delete(message.interaction.id);
  const at = state.messages.findIndex((it) => it.id === message.id);
  if (at >= 0) state.messages = withOriginal(message.id, message).with(at, message);
  else if (state.messages.length && older(message.id, state.messages[0].id) < 0 && state.more) return;
  else add(message);
  changed("messages");
}

// One who reads older messages keeps their place; the newest wait until they come back to the end.
function add(message) {
  const full = state.messages.length >= MOST_KEPT;
  if (state.behind || (full && !state.atEnd)) {
    state.behind = true;
    return;
  }
  const last = state.messages.at(-1);
  state.messages.push(message);
  if (last && older(message.id, last.id) < 0) state.messages.sort((a, b) => older(a.id, b.id));
  if (full) {
    state.messages.shift();
    state.more = true;
  }
}

// Replies show what has become of the message that they answer.
function withOriginal(id, original) {
  return state.messages.map((it) => (it.referenced_message?.id === id ? { ...it, referenced_message: original } : it));
}

// Puts older messages before those that are kept; what is then too much goes at the other end.
export function putBefore(page) {
  const all = [...page.messages.filter(isKept), ...state.messages];
  state.behind ||= all.length > MOST_KEPT;
  state.messages = all.slice(0, MOST_KEPT);
  state.more = page.more;
  changed("messages");
}

// Takes away what only this window shows, or what is deleted; an edit does not bring it back.
export function forget(id) {
  dismissed.add(id);
  state.messages = withOriginal(id, null).filter((it) => it.id !== id);
  state.waiting.delete(id);
  changed("messages");
}
