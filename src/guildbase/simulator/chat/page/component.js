// Buttons, menus and the layout components of a message.

import { press } from "/chat/chat.js";
import { choose, optionsFor } from "/chat/chooser.js";
import { h, icon } from "/chat/dom.js";
import { attachment, picture } from "/chat/embed.js";
import { emojiOf, markdown } from "/chat/markdown.js";
import { colorText } from "/chat/state.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };
export const MENUS = [3, 5, 6, 7, 8];
const WORDS = { 3: "Make a choice", 5: "Choose a person", 6: "Choose a role", 7: "Choose a person or role", 8: "Choose a channel" };

export function components(message) {
  return (message.components ?? []).map((it) => component(it, message));
}

function component(one, message) {
  if (MENUS.includes(one.type)) return menu(one, message);
  return (DRAWN[one.type] ?? unknown)(one, message);
}

const inside = (one, message) => (one.components ?? []).map((it) => component(it, message));

const DRAWN = {
  1: (one, message) => h("div", { class: "row" }, inside(one, message)),
  2: button,
  9: (one, message) => h("div", { class: "section" }, h("div", { class: "section-text" }, inside(one, message)), one.accessory && component(one.accessory, message)),
  10: (one, message) => h("div", { class: "text" }, markdown(one.content, message.names)),
  11: (one) => media(one, "section-thumbnail"),
  12: (one) => h("div", { class: `gallery count-${Math.min(one.items.length, 4)}` }, one.items.map((it) => media(it))),
  13: (one, message) => file(one, message),
  14: (one) => h("hr", { class: `separator${one.divider === false ? " bare" : ""}${one.spacing === 2 ? " wide" : ""}` }),
  17: (one, message) =>
    cover(one, h("div", { class: "container", vars: { "--bar": colorText(one.accent_color) ?? "transparent" } }, inside(one, message))),
};

function unknown(one) {
  return h("div", { class: "text dim" }, `(a component of type ${one.type})`);
}

function media(one, kind) {
  return cover(one, picture((one.media ?? one.file).url, kind, one.description ?? ""));
}

// Puts what is marked as a spoiler behind a curtain.
function cover(one, element) {
  if (!one.spoiler) return element;
  const curtain = h("button", { class: "curtain", type: "button", onclick: () => frame.replaceWith(element) }, icon("eye"), "Spoiler");
  const frame = h("div", { class: "curtained" }, h("div", { inert: true }, element.cloneNode(true)), curtain);
  return frame;
}

function file(one, message) {
  const name = (one.file.url ?? "").replace("attachment://", "").split("/").at(-1);
  const known = (message.attachments ?? []).find((it) => it.filename === name);
  return attachment(known ?? { filename: one.name ?? name, url: one.file.url, size: one.size ?? 0 });
}

function button(one, message) {
  const content = [one.emoji && emojiOf(one.emoji), one.label && h("span", {}, one.label), one.style === 5 && icon("out")];
  const kind = `button ${STYLES[one.style]}`;
  const name = one.label ? null : one.emoji?.name ?? "button";
  if (one.style === 5) {
    if (one.disabled || !/^(https?|discord):/.test(one.url)) return h("button", { class: kind, type: "button", disabled: true }, content);
    return h("a", { class: kind, href: one.url, target: "_blank", rel: "noopener noreferrer nofollow", "aria-label": name }, content);
  }
  const element = h(
    "button",
    { class: kind, type: "button", disabled: Boolean(one.disabled), "aria-label": name, data: { key: one.custom_id ?? "" }, onclick: () => busy(element, press(message, one.custom_id)) },
    content,
  );
  return element;
}

function menu(one, message) {
  const preset = (one.options ?? []).filter((it) => it.default).map((it) => it.label);
  const words = h("span", { class: "menu-words" }, preset.join(", ") || one.placeholder || WORDS[one.type]);
  const element = h(
    "button",
    { class: "menu", type: "button", disabled: Boolean(one.disabled), "aria-haspopup": "listbox", data: { key: one.custom_id }, onclick: pick },
    words,
    icon("down"),
  );
  async function pick() {
    const chosen = await choose(element, { ...optionsFor(one), min: one.min_values ?? 1, max: one.max_values ?? 1, label: words.textContent });
    if (!chosen) return;
    words.textContent = chosen.map((it) => it.name).join(", ") || one.placeholder || WORDS[one.type];
    await busy(element, press(message, one.custom_id, chosen.map((it) => it.value)));
  }
  return element;
}

async function busy(element, work) {
  element.setAttribute("aria-busy", "true");
  try {
    await work;
  } finally {
    element.removeAttribute("aria-busy");
  }
}
