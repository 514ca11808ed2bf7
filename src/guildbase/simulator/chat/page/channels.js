// The column of channels by category, and who one is below it.

import { avatar } from "/chat/avatar.js";
import { goChannel, goDirect } from "/chat/chat.js";
import { byId, h, icon, onceAFrame, redraw, rove } from "/chat/dom.js";
import { channelIcon } from "/chat/find.js";
import { complain } from "/chat/notice.js";
import { mayBe } from "/chat/people.js";
import { openSwitcher } from "/chat/switcher.js";
import { state, THREADS, when } from "/chat/state.js";

const CATEGORY = 4;
const closed = new Set();

export function mountChannels() {
  const list = byId("channels");
  when(["guild", "channel", "unread", "bot"], onceAFrame(draw));
  when(["me", "guild"], self);
  list.addEventListener("keydown", (event) => rove(event, [...list.querySelectorAll("button")]));
}

function draw() {
  byId("guild-name").textContent = state.guild?.name ?? "Direct messages";
  const entries = state.guild ? tree(state.guild.channels) : [entry({ id: state.direct, name: state.bot?.name ?? "", type: 1 }, goDirect)];
  redraw(byId("channels"), [search(), ...entries]);
}

function search() {
  return h("button", { class: "search", type: "button", onclick: openSwitcher }, icon("search"), h("span", {}, "Go to"), h("kbd", {}, "Ctrl K"));
}

function tree(channels) {
  const inOrder = (parent) => channels.filter((it) => (it.parent_id ?? null) === parent && !THREADS.includes(it.type)).sort((a, b) => spoken(a) - spoken(b) || a.position - b.position);
  const known = new Set(channels.map((it) => it.id));
  const orphans = channels.filter((it) => it.parent_id && !known.has(it.parent_id) && !THREADS.includes(it.type));
  const rows = (list) => list.flatMap((it) => [entry(it), ...channels.filter((one) => one.parent_id === it.id && THREADS.includes(one.type)).map((one) => entry(one)), ...voices(it)]);
  const top = inOrder(null);
  return [...rows([...top.filter((it) => it.type !== CATEGORY), ...orphans]), ...top.filter((it) => it.type === CATEGORY).flatMap((it) => category(it, rows(inOrder(it.id))))];
}

const spoken = (it) => Number([2, 13].includes(it.type));

function category(one, rows) {
  const open = !closed.has(one.id);
  const toggle = () => {
    if (!closed.delete(one.id)) closed.add(one.id);
    draw();
  };
  const head = h("button", { class: "category", type: "button", "aria-expanded": String(open), data: { key: one.id }, onclick: toggle }, icon("down"), h("span", {}, one.name));
  return open ? [head, ...rows] : [head];
}

function entry(channel, go = () => goChannel(channel.id)) {
  const current = state.channel?.id === channel.id;
  const unread = state.unread.get(channel.id);
  const kind = ["channel", current && "current", unread && "unread", THREADS.includes(channel.type) && "thread"].filter(Boolean).join(" ");
  const act = () => {
    document.body.classList.remove("side-open");
    go().catch(complain);
  };
  return h(
    "button",
    { class: kind, type: "button", "aria-current": current ? "page" : null, data: { key: channel.id }, onclick: act },
    channelIcon(channel),
    h("span", { class: "channel-name" }, channel.name),
    unread?.mentions ? h("span", { class: "count", "aria-label": `${unread.mentions} mentions` }, unread.mentions) : null,
  );
}

function voices(channel) {
  return (channel.voices ?? []).map((it) => h("div", { class: "voice" }, avatar(it, { size: 20 }), it.name));
}

function self() {
  if (!state.me) return;
  const own = state.guild?.members.find((it) => it.id === state.me.id) ?? state.me;
  const roles = (own.roles ?? []).map((id) => state.guild?.roles.find((it) => it.id === id)?.name).filter(Boolean);
  const owner = state.guild?.owner_id === state.me.id ? ["Owner"] : [];
  byId("self").replaceChildren(
    avatar(own, { size: 36, status: "online" }),
    h("span", { class: "self-name" }, h("strong", {}, own.name), h("span", { class: "dim" }, [...owner, ...roles].join(", ") || `@${state.me.username}`)),
    h("button", { class: "tool", type: "button", "aria-label": "Be someone else", title: "Be someone else", onclick: () => mayBe().catch(complain) }, icon("swap")),
  );
}
