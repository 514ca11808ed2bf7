// The column of members, by the roles that stand apart, with the bot among them.

import { avatar } from "/chat/avatar.js";
import { enter } from "/chat/chat.js";
import { mention } from "/chat/composer.js";
import { byId, h, onceAFrame, redraw, rove } from "/chat/dom.js";
import { personMenu } from "/chat/menu.js";
import { complain } from "/chat/notice.js";
import { colorText, state, when } from "/chat/state.js";

export function mountMembers() {
  const list = byId("members");
  when(["guild", "bot", "channel"], onceAFrame(draw));
  list.addEventListener("keydown", (event) => rove(event, [...list.querySelectorAll("button")]));
  document.addEventListener("click", (event) => {
    const named = event.target.closest?.("[data-person], .mention[data-user]");
    const person = named && known(named.dataset.person ?? named.dataset.user);
    if (person) open(named, person);
  });
}

const known = (id) => state.guild?.members.find((it) => it.id === id) ?? state.messages.find((it) => it.author.id === id)?.author ?? (id === state.bot.id ? state.bot : null);

function open(anchor, person) {
  personMenu(anchor, person, { mention, be: (it) => enter(it.username).catch(complain) });
}

function draw() {
  const guild = state.guild;
  if (!guild) {
    redraw(byId("members"), state.bot && state.me ? [h("h2", { class: "group" }, "Here"), row(state.bot), row({ ...state.me, status: "online" })] : []);
    return;
  }
  const groups = new Map(guild.roles.filter((it) => it.hoist).map((it) => [it.id, { name: it.name, people: [] }]));
  groups.set("online", { name: "Online", people: [] });
  groups.set("offline", { name: "Offline", people: [] });
  for (const it of guild.members) groups.get(isAway(it) ? "offline" : groups.has(it.group) ? it.group : "online").people.push(it);
  const shown = [...groups.values()].filter((it) => it.people.length);
  const left = guild.member_count - guild.members.length;
  const byName = (a, b) => a.name.localeCompare(b.name);
  redraw(byId("members"), [
    ...shown.flatMap(({ name, people }) => [h("h2", { class: "group" }, `${name} — ${people.length}`), ...people.sort(byName).map(row)]),
    ...(left > 0 ? [h("p", { class: "rest" }, `and ${left.toLocaleString()} more`)] : []),
  ]);
}

const isAway = (it) => (it.id === state.bot.id ? !state.bot.connected : it.status === "offline");

function row(person) {
  const status = person.id === state.bot.id ? (state.bot.connected ? "online" : "offline") : person.status;
  return h(
    "button",
    { class: `member${status === "offline" ? " away" : ""}`, type: "button", data: { person: person.id, key: person.id }, "aria-label": `${person.name}${person.bot ? ", a bot" : ""}, ${status}` },
    avatar(person, { size: 32, status }),
    h("span", { class: "member-name", vars: person.color ? { "--role": colorText(person.color) } : {} }, person.name),
    person.bot && h("span", { class: "badge" }, "APP"),
  );
}
