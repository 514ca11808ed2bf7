// Puts the page together.

import { begin, goChannel } from "/chat/chat.js";
import { mountChannels } from "/chat/channels.js";
import { focusComposer, mountComposer } from "/chat/composer.js";
import { byId, h, icon } from "/chat/dom.js";
import { channelIcon } from "/chat/find.js";
import { openForm } from "/chat/form.js";
import { mountLog } from "/chat/log.js";
import { mountMembers } from "/chat/members.js";
import { complain, mountNotice } from "/chat/notice.js";
import { show, welcome } from "/chat/people.js";
import { mountRail } from "/chat/rail.js";
import { openSwitcher } from "/chat/switcher.js";
import { state, when } from "/chat/state.js";

const toggle = (name) => () => document.body.classList.toggle(name);

function head() {
  byId("head").replaceChildren(
    h("button", { class: "tool for-narrow", type: "button", "aria-label": "Servers and channels", onclick: toggle("side-open") }, icon("menu")),
    state.channel ? channelIcon(state.channel) : "",
    h("h2", {}, state.channel?.name ?? ""),
    state.channel?.topic ? h("span", { class: "topic" }, state.channel.topic) : "",
    h("span", { class: "stretch" }),
    h("button", { class: "tool", type: "button", "aria-label": "Members", title: "Members", onclick: toggle("members-toggled") }, icon("people")),
  );
}

function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openSwitcher();
  } else if (event.key === "Escape" && !event.defaultPrevented && document.body.classList.contains("side-open")) document.body.classList.remove("side-open");
  else if (event.key === "Escape" && !event.defaultPrevented && document.activeElement?.closest(".message")) focusComposer();
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && document.activeElement === document.body) focusComposer();
}

function follow(event) {
  const link = event.target.closest?.("a.mention[data-channel]");
  if (!link) return;
  event.preventDefault();
  goChannel(link.dataset.channel).catch(complain);
}

mountRail();
mountChannels();
mountLog();
mountMembers();
mountComposer();
mountNotice();
when(["channel", "guild"], head);
when(["me"], show);
when(["channel"], () => requestAnimationFrame(focusComposer));
document.addEventListener("keydown", keys);
document.addEventListener("click", follow);
// On a narrow page the columns lie above the messages; a touch beside them closes them.
document.querySelector(".main").addEventListener("click", (event) => event.target.closest("button") || document.body.classList.remove("side-open"));
window.addEventListener("unhandledrejection", (event) => complain(event.reason));
begin({ welcome, openForm });
