// The messages of a channel, in groups by author and day, with older ones read on scrolling up.

import { avatar } from "/chat/avatar.js";
import { goChannel, readOlder } from "/chat/chat.js";
import { arrange, byId, h, onceAFrame, rove } from "/chat/dom.js";
import { messageRow, onlyYou, usedLine } from "/chat/message.js";
import { forget } from "/chat/messages.js";
import { complain } from "/chat/notice.js";
import { state, when } from "/chat/state.js";
import { dayOf } from "/chat/time.js";

const TOGETHER = 7 * 60_000;
const NEAR = 120;
const GROUPED = [0, 20];
let rows = new Map();
let editing = null;
let shownChannel = null;

export function mountLog() {
  const scroll = byId("scroll");
  const log = byId("log");
  // Many messages may come at once; they are drawn together.
  when(["messages", "me"], onceAFrame(draw));
  scroll.addEventListener("scroll", () => {
    state.atEnd = !state.behind && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
    byId("newer").hidden = state.atEnd;
    if (scroll.scrollTop < 200) readOlder().catch(complain);
  });
  byId("newer").addEventListener("click", () => (state.behind ? goChannel(state.channel.id).catch(complain) : toEnd()));
  // Pictures that come later make the list longer.
  new ResizeObserver(() => state.atEnd && toEnd()).observe(log);
  new ResizeObserver(() => state.atEnd && toEnd()).observe(scroll);
  log.addEventListener("keydown", (event) => {
    if (event.target.matches(".message")) rove(event, [...log.querySelectorAll(".message")]);
  });
}

const toEnd = () => byId("scroll").scrollTo({ top: byId("scroll").scrollHeight });

export function editMessage(id) {
  editing = id;
  draw();
  if (id === null) byId("composer").querySelector("textarea")?.focus();
}

export function lastOwnMessage() {
  return state.messages.findLast((it) => it.author.id === state.me.id && [0, 19].includes(it.type));
}

// Lets the keyboard into the list of messages.
export function focusLast() {
  [...byId("log").querySelectorAll(".message")].at(-1)?.focus();
}

function draw() {
  const scroll = byId("scroll");
  const moved = shownChannel !== state.channel?.id;
  if (moved) {
    shownChannel = state.channel?.id;
    editing = null;
  }
  const anchor = firstInSight();
  const focused = document.activeElement?.closest(".message") ? { id: document.activeElement.closest(".message").dataset.id, key: document.activeElement.dataset.key } : null;
  const fresh = new Map();
  const wanted = [start(), ...state.messages.flatMap((it, at) => placed(it, state.messages[at - 1], fresh)), ...[...state.waiting.values()].map(waitingRow)];
  rows = fresh;
  arrange(byId("log"), wanted);
  byId("newer").hidden = state.atEnd;
  if (state.atEnd) toEnd();
  else if (!moved) stayAt(anchor);
  if (focused && !byId("log").contains(document.activeElement)) refocus(focused);
}

// What one reads stays where it is, whatever is added or taken away above and below.
function firstInSight() {
  const top = byId("scroll").getBoundingClientRect().top;
  const row = [...byId("log").querySelectorAll(".message")].find((it) => it.getBoundingClientRect().bottom > top);
  return row && { id: row.dataset.id, top: row.getBoundingClientRect().top };
}

function stayAt(anchor) {
  const row = anchor && byId("log").querySelector(`.message[data-id="${anchor.id}"]`);
  if (row) byId("scroll").scrollTop += row.getBoundingClientRect().top - anchor.top;
}

// A message that is drawn anew while the keyboard is in it keeps the keyboard.
function refocus({ id, key }) {
  const row = byId("log").querySelector(`.message[data-id="${id}"]`);
  (key ? row?.querySelector(`[data-key="${CSS.escape(key)}"]`) : row)?.focus({ preventScroll: true });
}

function placed(message, previous, fresh) {
  const date = new Date(message.timestamp);
  const sameDay = previous && new Date(previous.timestamp).toDateString() === date.toDateString();
  const compact =
    sameDay && GROUPED.includes(previous.type) && message.type === 0 && previous.author.id === message.author.id && date - new Date(previous.timestamp) < TOGETHER && previous.ephemeral === message.ephemeral;
  const key = `${message.id} ${compact} ${editing === message.id}`;
  const known = rows.get(key);
  const row = known?.message === message ? known.row : messageRow(message, { compact, edited: editMessage, editing: editing === message.id });
  fresh.set(key, { message, row });
  return sameDay ? [row] : [divider(dayOf(date), fresh), row];
}

function divider(text, fresh) {
  const key = `day ${text}`;
  const row = rows.get(key)?.row ?? h("li", { class: "day" }, h("span", {}, text));
  fresh.set(key, { row });
  return row;
}

function start() {
  const place = state.channel;
  if (!place) return h("li", { class: "start" }, h("h2", {}, "There is nothing to see here"), h("p", {}, "This person sees no channel of this server."));
  if (state.more) return h("li", { class: "start more" }, "Reading older messages …");
  const title = place.guild_id ? `Welcome to #${place.name}` : `You and ${place.name}`;
  const text = place.guild_id ? place.topic || "This is where the channel begins." : "Only the two of you read this.";
  return h("li", { class: "start" }, h("h2", {}, title), h("p", {}, text));
}

function waitingRow(one) {
  const failed = one.kind === "failed";
  const text = { sending: "Sending command …", thinking: `${state.bot.name} is thinking …`, failed: one.text }[one.kind];
  return h(
    "li",
    { class: `message waiting ${one.kind}`, data: { id: one.id } },
    one.name && usedLine(one.user, one.name),
    h("span", { class: "face-button" }, avatar(state.bot)),
    h(
      "div",
      { class: "content" },
      h("div", { class: "head-line" }, h("span", { class: "author" }, state.bot.name), h("span", { class: "badge" }, "APP")),
      h("div", { class: failed ? "text failure" : "text dim" }, !failed && h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), text),
      failed && onlyYou(() => forget(one.id)),
    ),
  );
}
