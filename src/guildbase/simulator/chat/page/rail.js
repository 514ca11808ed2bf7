// The column of servers, with the conversation with the bot on top.

import { avatar, hueOf, initials } from "/chat/avatar.js";
import { goDirect, goGuild } from "/chat/chat.js";
import { byId, h, onceAFrame, redraw, rove } from "/chat/dom.js";
import { complain } from "/chat/notice.js";
import { state, when } from "/chat/state.js";

export function mountRail() {
  const rail = byId("rail");
  const draw = () => redraw(rail, state.bot ? [direct(), h("hr"), ...state.guilds.map(server), rest()].filter(Boolean) : []);
  when(["guilds", "guild", "unread", "bot"], onceAFrame(draw));
  rail.addEventListener("keydown", (event) => rove(event, [...rail.querySelectorAll("button")]));
}

function direct() {
  return entry({ label: `Direct messages with ${state.bot.name}`, current: state.guild === null, unread: state.unread.get(state.direct), go: goDirect, kind: "direct" }, avatar(state.bot, { size: 44, status: state.bot.connected ? "online" : "offline" }));
}

function server(guild) {
  const unread = [...state.unread.values()].filter((it) => it.guildId === guild.id);
  const together = unread.length ? { mentions: unread.reduce((sum, it) => sum + it.mentions, 0) } : null;
  const picture = h("span", { class: "server-face", "aria-hidden": "true", vars: { "--hue": hueOf(guild.id) } }, initials(guild.name));
  return entry({ label: guild.name, current: state.guild?.id === guild.id, unread: together, go: () => goGuild(guild.id) }, picture);
}

function entry({ label, current, unread, go, kind = "" }, picture) {
  const told = unread ? (unread.mentions ? `${label}, ${unread.mentions} mentions` : `${label}, unread`) : label;
  const act = () => {
    document.body.classList.remove("side-open");
    go().catch(complain);
  };
  return h(
    "button",
    { class: `server ${kind}${current ? " current" : ""}${unread ? " unread" : ""}`, type: "button", data: { key: label }, title: label, "aria-label": told, "aria-current": current ? "page" : null, onclick: act },
    picture,
    unread?.mentions ? h("span", { class: "count" }, unread.mentions) : null,
  );
}

function rest() {
  const more = state.guildCount - state.guilds.length;
  return more > 0 && h("span", { class: "rail-rest", title: "Find them with Ctrl+K" }, `+${more.toLocaleString()}`);
}
