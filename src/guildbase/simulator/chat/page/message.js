// One message: who, when, what, and what can be done with it.

import { avatar } from "/chat/avatar.js";
import { api, toggleReaction } from "/chat/chat.js";
import { components } from "/chat/component.js";
import { h, icon } from "/chat/dom.js";
import { attachment, embed } from "/chat/embed.js";
import { emojiOf, inline, markdown } from "/chat/markdown.js";
import { messageMenu, react, reply } from "/chat/menu.js";
import { forget } from "/chat/messages.js";
import { complain } from "/chat/notice.js";
import { poll } from "/chat/poll.js";
import { colorText, may, state } from "/chat/state.js";
import { clockTime, shortMoment, stamp } from "/chat/time.js";

const SUPPRESS_EMBEDS = 1 << 2;
const PLAIN = [0, 19, 20, 23];
const SYSTEM = {
  6: () => "pinned a message to this channel.",
  7: () => "joined the server.",
  8: () => "boosted the server.",
  18: (it) => `started the thread ${it.content}.`,
  21: () => "began this thread.",
  24: (it) => `AutoMod has blocked a message: ${it.embeds[0]?.description ?? ""}`,
  46: () => "The poll has ended.",
};

export function messageRow(message, { compact, edited, editing }) {
  if (!PLAIN.includes(message.type) && SYSTEM[message.type]) return systemRow(message);
  const date = new Date(message.timestamp);
  const mentioned = message.mention_everyone || message.mentions.some((it) => it.id === state.me.id);
  const row = h(
    "li",
    {
      class: ["message", compact && "compact", mentioned && "mentioned", message.ephemeral && "ephemeral"].filter(Boolean).join(" "),
      tabindex: "-1",
      "aria-label": `${message.author.name}, ${clockTime(date)}`,
      data: { id: message.id },
      oncontextmenu: (event) => openFrom(event, { x: event.clientX, y: event.clientY }),
      onkeydown: (event) => key(event),
    },
    repliedTo(message),
    usedCommand(message),
    compact ? stamp(date, clockTime(date), "side-time") : h("button", { class: "face-button", type: "button", tabindex: "-1", "aria-label": message.author.name, data: { person: message.author.id } }, avatar(message.author)),
    h("div", { class: "content" }, !compact && head(message, date), editing ? editor(message, edited) : body(message, compact)),
    tools(message, edited),
  );

  function openFrom(event, anchor) {
    if (event.target.closest("a, textarea") && event.type === "contextmenu") return;
    event.preventDefault();
    messageMenu(anchor, message, { edit: () => edited(message.id) });
  }
  function key(event) {
    if (event.target !== row) return;
    const act = { r: () => reply(message), e: () => message.author.id === state.me.id && edited(message.id), "+": () => react(row, message) }[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) openFrom(event, row);
  }
  return row;
}

function head(message, date) {
  const { author } = message;
  return h(
    "div",
    { class: "head-line" },
    h("span", { class: "author", vars: author.color ? { "--role": colorText(author.color) } : {}, data: { person: author.id } }, author.name ?? author.global_name ?? author.username),
    (author.bot || message.webhook_id) && h("span", { class: "badge" }, "APP"),
    stamp(date, shortMoment(date), "when"),
    !message.content && message.edited_timestamp && edit(message),
  );
}

function body(message, compact) {
  const text = message.content ? markdown(message.content, message.names) : [];
  const only = /^(\p{Extended_Pictographic}|\p{Emoji_Component}|<a?:\w+:\d+>|\s){1,27}$/u.test(message.content) && !/^[\d#*\s]+$/.test(message.content);
  const shown = [
    message.content && h("div", { class: only ? "text large" : "text" }, text, message.edited_timestamp && edit(message)),
    message.message_snapshots?.map((it) => h("blockquote", { class: "forwarded" }, h("div", { class: "subtext" }, "Forwarded"), markdown(it.message.content, message.names))),
    message.poll && poll(message),
    files(message),
    message.sticker_items?.map((it) => h("img", { class: "sticker", src: `/cdn/stickers/${it.id}.png`, alt: `Sticker: ${it.name}`, title: it.name })),
    message.flags & SUPPRESS_EMBEDS ? null : message.embeds.map((it) => embed(it, message.names)),
    ...components(message),
    compact && !message.content && message.edited_timestamp && h("div", { class: "text" }, edit(message)),
    message.reactions?.length && reactions(message),
    message.ephemeral && onlyYou(() => forget(message.id)),
  ];
  return shown.flat();
}

const edit = (message) => stamp(new Date(message.edited_timestamp), "(edited)", "edited");

function files(message) {
  const inLayout = JSON.stringify(message.components ?? []);
  return message.attachments.filter((it) => !inLayout.includes(it.url) && !inLayout.includes(`attachment://${it.filename}"`)).map(attachment);
}

export function onlyYou(dismiss) {
  return h("div", { class: "only-you" }, icon("eye"), "Only you can see this · ", h("button", { class: "plain-link", type: "button", onclick: dismiss }, "Dismiss"));
}

function reactions(message) {
  const chips = message.reactions.map((it) =>
    h(
      "button",
      {
        class: "reaction",
        type: "button",
        "aria-pressed": String(Boolean(it.me)),
        "aria-label": `${it.emoji.name}, ${it.count} ${it.count === 1 ? "reaction" : "reactions"}`,
        data: { key: `reaction-${it.emoji.id ?? it.emoji.name}` },
        onclick: () => toggleReaction(message, it.emoji, it.me).catch(complain),
      },
      emojiOf(it.emoji),
      h("span", {}, it.count),
    ),
  );
  return h("div", { class: "reactions" }, chips);
}

function repliedTo(message) {
  if (message.type !== 19) return null;
  const original = message.referenced_message;
  const jump = () => document.querySelector(`.message[data-id="${original?.id}"]`)?.focus();
  return h(
    "div",
    { class: "reply-line" },
    original
      ? h("button", { class: "reply-jump", type: "button", onclick: jump }, avatar(original.author, { size: 16 }), h("span", { class: "author", vars: original.author.color ? { "--role": colorText(original.author.color) } : {} }, original.author.name), h("span", { class: "reply-words" }, original.content ? inline(original.content.split("\n")[0], message.names) : original.embeds[0]?.title ?? "a message without text"))
      : h("span", { class: "dim" }, "The original message was deleted"),
  );
}

export function usedLine(user, name) {
  return h("div", { class: "reply-line" }, avatar(user, { size: 16 }), h("span", { class: "author", vars: user.color ? { "--role": colorText(user.color) } : {} }, user.name), " used ", h("span", { class: "command-name" }, name));
}

function usedCommand(message) {
  const used = message.interaction;
  return used?.name && [20, 23].includes(message.type) ? usedLine(used.user, used.name) : null;
}

function systemRow(message) {
  const date = new Date(message.timestamp);
  const own = message.type === 46 || message.type === 24;
  return h(
    "li",
    { class: "message system", tabindex: "-1", data: { id: message.id } },
    h("span", { class: "system-mark", "aria-hidden": "true" }, "→"),
    h("div", { class: "content" }, !own && h("span", { class: "author" }, message.author.name), ` ${SYSTEM[message.type](message)} `, stamp(date, shortMoment(date), "when")),
  );
}

function tools(message, edited) {
  const mine = message.author.id === state.me.id;
  const tool = (name, label, act) => h("button", { class: "tool", type: "button", tabindex: "-1", "aria-label": label, title: label, onclick: (event) => act(event.currentTarget) }, icon(name));
  return h(
    "div",
    { class: "tools" },
    !message.ephemeral && may("addReactions") && tool("react", "Add reaction", (at) => react(at, message).catch(complain)),
    !message.ephemeral && may("send") && tool("reply", "Reply", () => reply(message)),
    mine && tool("edit", "Edit", () => edited(message.id)),
    tool("more", "More", (at) => messageMenu(at, message, { edit: () => edited(message.id) })),
  );
}

function editor(message, edited) {
  const field = h("textarea", { class: "edit-field", "aria-label": "Edit the message", rows: "1" });
  field.value = message.content;
  const fit = () => {
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", `${field.scrollHeight + 2}px`);
  };
  field.addEventListener("input", fit);
  field.addEventListener("keydown", async (event) => {
    event.stopPropagation();
    if (event.key === "Escape") edited(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const content = field.value.trim();
    const path = `/channels/${message.channel_id}/messages/${message.id}`;
    try {
      if (content && content !== message.content) await api("PATCH", path, { content });
      edited(null);
    } catch (error) {
      complain(error);
    }
  });
  requestAnimationFrame(() => {
    fit();
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
  return h("div", { class: "editing" }, field, h("div", { class: "subtext" }, "Enter saves · Escape cancels"));
}

