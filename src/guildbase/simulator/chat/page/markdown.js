// Discord's markdown as elements. Every rule yields nodes or text, never markup.

import { h } from "/chat/dom.js";
import { channelOf, colorText, roleOf, state } from "/chat/state.js";
import { moment } from "/chat/time.js";

const FENCE = /```(?:([\w+#-]{1,20})\n)?([\s\S]*?)```/g;

// `names` tells who is meant by ids that the page may not know.
export function markdown(text, names = {}) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(FENCE)) {
    nodes.push(...blocks(text.slice(last, found.index).replace(/\n$/, ""), names));
    nodes.push(h("pre", { class: "fence" }, h("code", { data: { language: found[1] ?? "" } }, found[2].replace(/^\n|\n$/g, ""))));
    last = found.index + found[0].length;
    if (text[last] === "\n") last += 1;
  }
  return [...nodes, ...blocks(text.slice(last), names)];
}

function blocks(text, names, isQuoted = false) {
  const lines = text.split("\n");
  const nodes = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
    if (heading) nodes.push(h("div", { class: `h${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 2 }, inline(heading[2], names)));
    else if (line.startsWith("-# ")) nodes.push(h("div", { class: "subtext" }, inline(line.slice(3), names)));
    else if (!isQuoted && line.startsWith(">>> ")) {
      nodes.push(h("blockquote", {}, blocks([line.slice(4), ...lines.slice(at + 1)].join("\n"), names, true)));
      break;
    } else if (!isQuoted && line.startsWith("> ")) {
      const end = endOf(lines, at, (it) => it.startsWith("> "));
      nodes.push(h("blockquote", {}, blocks(lines.slice(at, end).map((it) => it.slice(2)).join("\n"), names, true)));
      at = end - 1;
    } else if (BULLET.test(line)) {
      const end = endOf(lines, at, (it) => BULLET.test(it));
      nodes.push(list(lines.slice(at, end), names));
      at = end - 1;
    } else {
      nodes.push(...inline(line, names));
      if (at < lines.length - 1) nodes.push(h("br"));
    }
  }
  return nodes;
}

const BULLET = /^(\s*)([-*]|\d{1,4}\.) +(\S.*)$/;

function endOf(lines, from, fits) {
  let end = from;
  while (end < lines.length && fits(lines[end])) end += 1;
  return end;
}

function list(lines, names) {
  const items = lines.map((it) => BULLET.exec(it));
  const ordered = /\d/.test(items[0][2]);
  return h(
    ordered ? "ol" : "ul",
    { class: "list", start: ordered ? Number.parseInt(items[0][2], 10) : null },
    items.map(([, indent, , text]) => h("li", { class: indent.length > 1 ? "deep" : null }, inline(text, names))),
  );
}

const wrap = (tag, kind) => (found, names) => h(tag, { class: kind }, inline(found[1], names));

const RULES = [
  [/\\([^\sA-Za-z0-9])/y, (found) => found[1]],
  [/``([\s\S]+?)``(?!`)|`([^`]+)`/y, (found) => h("code", { class: "code" }, found[1] ?? found[2])],
  [/\*\*\*([\s\S]+?)\*\*\*/y, (found, names) => h("strong", {}, h("em", {}, inline(found[1], names)))],
  [/\*\*([\s\S]+?)\*\*(?!\*)/y, wrap("strong")],
  [/__([\s\S]+?)__(?!_)/y, wrap("u")],
  [/\*(?=\S)([\s\S]*?\S)\*(?!\*)/y, wrap("em")],
  [/_(?=\S)([\s\S]*?\S)_(?![\w])/y, wrap("em")],
  [/~~([\s\S]+?)~~/y, wrap("s")],
  [/\|\|([\s\S]+?)\|\|/y, spoiler],
  [/<@!?(\d{15,20})>/y, (found, names) => mention(`@${nameOf(found[1], names)}`, { user: found[1], mine: found[1] === state.me?.id })],
  [/<@&(\d{15,20})>/y, (found) => roleMention(found[1])],
  [/<#(\d{15,20})>/y, (found) => channelMention(found[1])],
  [/<\/([\w \p{L}-]{1,100}):(\d{15,20})>/yu, (found) => mention(`/${found[1]}`, {})],
  [/<(a?):(\w{2,32}):(\d{15,20})>/y, (found) => customEmoji(found[3], found[2])],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (found) => momentOf(found)],
  [/@(everyone|here)\b/y, (found) => mention(found[0], { mine: true })],
  [/\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: +"[^"]*")?\)/y, (found, names) => link(found[2], inline(found[1], names))],
  [/<(https?:\/\/[^\s>]+)>/y, (found) => link(found[1], [found[1]])],
  [/https?:\/\/[^\s<]*[^\s<.,:;"')\]]/y, (found) => link(found[0], [found[0]])],
];
const SPECIAL = /[\\`*_~|<@[h]/g;

export function inline(text, names = {}) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    at = next;
    if (at === text.length) break;
    const [found, make] = firstRule(text, at);
    if (found) {
      const node = make(found, names);
      if (typeof node === "string") plain += node;
      else {
        if (plain) nodes.push(plain);
        plain = "";
        nodes.push(node);
      }
      at += found[0].length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  return plain ? [...nodes, plain] : nodes;
}

function firstRule(text, at) {
  // Snake_case words are no italics.
  const inWord = text[at] === "_" && at > 0 && /\w/.test(text[at - 1]);
  for (const [pattern, make] of inWord ? [] : RULES) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return [found, make];
  }
  return [null, null];
}

function nameOf(id, names) {
  const known = state.guild?.members.find((it) => it.id === id);
  return known?.name ?? names[id] ?? "unknown-person";
}

// A number beyond what is a date stays as it was written.
function momentOf([text, seconds, style]) {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? text : moment(date, style);
}

function mention(text, { user, mine = false, color }) {
  return h("span", { class: `mention${mine ? " mine" : ""}`, data: user ? { user } : {}, vars: color ? { "--role": color } : {} }, text);
}

function roleMention(id) {
  const role = roleOf(id);
  const own = state.guild?.members.find((it) => it.id === state.me?.id)?.roles ?? [];
  return mention(`@${role?.name ?? "unknown-role"}`, { mine: own.includes(id), color: colorText(role?.color) });
}

function channelMention(id) {
  const channel = channelOf(id);
  if (!channel) return mention("# unknown", {});
  return h("a", { class: "mention", href: `#${id}`, data: { channel: id } }, `#${channel.name}`);
}

export function customEmoji(id, name) {
  return h("img", { class: "emoji", src: `/cdn/emojis/${id}.png`, alt: `:${name}:`, title: `:${name}:`, draggable: "false" });
}

export function emojiOf(emoji) {
  return emoji.id ? customEmoji(emoji.id, emoji.name) : h("span", { class: "emoji-text" }, emoji.name);
}

function link(url, content) {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, content);
}

function spoiler(found, names) {
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("open");
    node.setAttribute("aria-label", "Spoiler, shown");
  };
  const node = h(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, hidden: press to show", onclick: reveal, onkeydown: reveal },
    h("span", {}, inline(found[1], names)),
  );
  return node;
}
