// Context menus of messages and people, by the mouse and by the keyboard.

import { api, toggleReaction, use } from "/chat/chat.js";
import { h, rove } from "/chat/dom.js";
import { pickEmoji } from "/chat/emoji.js";
import { forget } from "/chat/messages.js";
import { place } from "/chat/popup.js";
import { changed, may, state } from "/chat/state.js";
import { complain } from "/chat/notice.js";

const USER_MENU = 2;
const MESSAGE_MENU = 3;

// Shows entries {name, act, danger} or null for a line between them.
export function openMenu(anchor, entries, label) {
  const leave = place(
    h(
      "div",
      { class: "context", role: "menu", "aria-label": label, onkeydown: (event) => rove(event, items) },
      entries.map((it) => (it === null ? h("hr") : item(it))),
    ),
    anchor,
  );
  const items = [...document.querySelectorAll(".context [role=menuitem]")];
  items[0]?.focus();

  function item({ name, act, danger, title }) {
    const run = () => {
      leave();
      Promise.resolve().then(act).catch(complain);
    };
    return h("button", { class: danger ? "context-item danger" : "context-item", role: "menuitem", type: "button", title, onclick: run }, name);
  }
}

export function messageMenu(anchor, message, { edit }) {
  const mine = message.author.id === state.me.id;
  const path = `/channels/${message.channel_id}/messages/${message.id}`;
  const entries = [
    !message.ephemeral && may("send") && { name: "Reply", act: () => reply(message) },
    !message.ephemeral && may("addReactions") && { name: "Add reaction", act: () => react(anchor, message) },
    mine && { name: "Edit", act: edit },
    message.content && { name: "Copy text", act: () => copy(message.content) },
    !message.ephemeral && may("pin") && pin(message),
    { name: "Copy id", act: () => copy(message.id) },
    ...apps(MESSAGE_MENU, message.id),
    message.ephemeral && { name: "Dismiss", act: () => forget(message.id) },
    !message.ephemeral && (mine || may("manageMessages")) && { name: "Delete", danger: true, act: () => api("DELETE", path) },
  ].filter((it) => it !== false && it !== "");
  openMenu(anchor, entries, "Message");
}

async function copy(text) {
  // Away from this machine a browser gives the clipboard to pages with TLS alone.
  if (!navigator.clipboard) throw new Error("The browser keeps the clipboard from this page.");
  await navigator.clipboard.writeText(text);
}

function pin(message) {
  const path = `/channels/${message.channel_id}/messages/pins/${message.id}`;
  return { name: message.pinned ? "Unpin" : "Pin", act: () => api(message.pinned ? "DELETE" : "PUT", path) };
}

export function personMenu(anchor, person, { mention, be }) {
  const entries = [
    { name: "Mention", act: () => mention(person) },
    !person.bot && person.id !== state.me.id && { name: `Be ${person.name}`, act: () => be(person), title: "Look at the world as this person" },
    { name: "Copy id", act: () => copy(person.id) },
    ...apps(USER_MENU, person.id),
  ].filter(Boolean);
  openMenu(anchor, entries, person.name);
}

function apps(type, targetId) {
  const known = state.commands.filter((it) => it.type === type);
  const entries = known.map((it) => ({ name: it.name, act: () => use(it.name, { type, target_id: targetId }) }));
  return entries.length ? [null, ...entries, null] : [];
}

export function reply(message) {
  state.replyTo = message;
  changed("reply");
}

export async function react(anchor, message) {
  const emoji = await pickEmoji(anchor);
  if (emoji) await toggleReaction(message, emoji, false);
}
