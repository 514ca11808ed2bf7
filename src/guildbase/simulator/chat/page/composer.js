// Where one writes: messages, and by a slash the commands of the bot.

import { api, ask, goChannel, learnCommands } from "/chat/chat.js";
import { CommandBar } from "/chat/command.js";
import { byId, h, icon } from "/chat/dom.js";
import * as find from "/chat/find.js";
import { encoded } from "/chat/form.js";
import { Listbox } from "/chat/listbox.js";
import { editMessage, focusLast, lastOwnMessage } from "/chat/log.js";
import { changed, may, state, THREADS, when } from "/chat/state.js";

const TYPING_EVERY = 8000;
const SLASH = 1;
const FORUMS = [15, 16];
const GROUPS = [1, 2];
const named = new Map();
let field;
let list;
let problem;
let typed = 0;
let files = [];
let bar = null;

export function mountComposer() {
  field = h("textarea", { id: "write", rows: "1", maxlength: "4000", autocomplete: "off" });
  list = new Listbox(field, "Suggestions");
  problem = h("p", { class: "problem", role: "alert", hidden: true });
  const upload = h("input", { type: "file", multiple: true, hidden: true, onchange: () => attach(upload) });
  const add = h("button", { class: "tool", type: "button", "aria-label": "Add files", title: "Add files", onclick: () => upload.click() }, icon("add"));
  byId("composer").append(
    list.element,
    h("div", { class: "replying", hidden: true }),
    h("div", { class: "attached", hidden: true }),
    h("div", { class: "write" }, add, field, upload),
    problem,
    h("div", { class: "typing", "aria-live": "polite" }),
  );
  field.addEventListener("input", input);
  field.addEventListener("keydown", key);
  when(["channel", "me"], place);
  when(["guild"], allow);
  when(["reply"], replying);
  when(["typing", "channel"], whoTypes);
  when(["commands"], () => field.value.startsWith("/") && suggest());
}

export function focusComposer() {
  (bar?.first ?? field).focus();
}

// Puts the name of a person into what is being written.
export function mention(person) {
  named.set(`@${person.name}`, `<@${person.id}>`);
  field.value = `${field.value}${field.value && !field.value.endsWith(" ") ? " " : ""}@${person.name} `;
  field.focus();
}

function place() {
  leaveCommand();
  replying();
  allow();
}

function allow() {
  const isForum = FORUMS.includes(state.channel?.type);
  const allowed = !isForum && may(THREADS.includes(state.channel?.type) ? "sendInThreads" : "send");
  field.disabled = !allowed;
  const where = state.channel?.guild_id ? `#${state.channel.name}` : state.channel?.name;
  field.placeholder = allowed ? `Message ${where}` : isForum ? "Write in one of its posts" : "You may not write in this channel";
  field.setAttribute("aria-label", field.placeholder);
}

function replying() {
  const line = byId("composer").querySelector(".replying");
  const to = state.replyTo;
  line.hidden = !to;
  if (!to) return;
  const stop = h("button", { class: "tool", type: "button", "aria-label": "Do not reply", onclick: stopReply }, icon("close"));
  line.replaceChildren(h("span", {}, "Replying to ", h("strong", {}, to.author.name)), stop);
  field.focus();
}

function stopReply() {
  state.replyTo = null;
  changed("reply");
}

async function attach(upload) {
  files = [...files, ...upload.files].slice(0, 10);
  upload.value = "";
  drawFiles();
  field.focus();
}

function drawFiles() {
  const line = byId("composer").querySelector(".attached");
  line.hidden = !files.length;
  line.replaceChildren(
    ...files.map((it) => {
      const remove = () => {
        files = files.filter((one) => one !== it);
        drawFiles();
      };
      return h("span", { class: "chip" }, icon("file"), it.name, h("button", { class: "tool small", type: "button", "aria-label": `Remove ${it.name}`, onclick: remove }, icon("close")));
    }),
  );
}

function input() {
  fit();
  complain(null);
  const words = field.value.slice(0, field.selectionStart);
  // What the bot offers may have changed since the channel was opened.
  if (field.value === "/") learnCommands().catch(() => {});
  if (field.value.startsWith("/")) suggest();
  else suggestNames(words);
  if (field.value && !field.value.startsWith("/") && Date.now() - typed > TYPING_EVERY) {
    typed = Date.now();
    api("POST", `/channels/${state.channel.id}/typing`).catch(() => {});
  }
}

function fit() {
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${Math.min(field.scrollHeight, 220)}px`);
}

function key(event) {
  if (list.key(event) || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send();
  } else if (event.key === "ArrowUp" && !field.value) {
    event.preventDefault();
    const last = lastOwnMessage();
    if (last && !event.altKey) editMessage(last.id);
    else focusLast();
  } else if (event.key === "Escape") stopReply();
  else if (event.key === "Tab" && event.shiftKey && !field.value) {
    event.preventDefault();
    focusLast();
  }
}

async function send() {
  const text = field.value.trim();
  if (!text && !files.length) return;
  if (/^\/\w/.test(text)) {
    complain(`There is no command ${text.split(" ")[0]}.`);
    return;
  }
  const longestFirst = [...named].sort(([a], [b]) => b.length - a.length);
  const content = longestFirst.reduce((all, [name, id]) => all.replaceAll(name, id), text);
  const replyTo = state.replyTo?.id;
  const channelId = state.channel.id;
  const kept = files;
  field.value = "";
  files = [];
  typed = 0;
  fit();
  drawFiles();
  try {
    const sent = await Promise.all(kept.map(encoded));
    await ask("write", { channel_id: channelId, content, reply_to: replyTo, files: sent });
    named.clear();
    if (state.replyTo) stopReply();
    if (state.behind && state.channel?.id === channelId) await goChannel(channelId);
  } catch (error) {
    if (!field.value) field.value = text;
    files = kept;
    fit();
    drawFiles();
    complain(error.message);
  }
}

function complain(text) {
  problem.textContent = text ?? "";
  problem.hidden = !text;
}

// Every way to use a command: sub-commands are entries of their own.
function leaves() {
  const grow = (command, path, one) => {
    const inner = (one.options ?? []).filter((it) => GROUPS.includes(it.type));
    return inner.length ? inner.flatMap((it) => grow(command, [...path, it.name], it)) : [{ command, line: path.join(" "), description: one.description, options: one.options ?? [] }];
  };
  return state.commands.filter((it) => it.type === SLASH).flatMap((it) => grow(it, [it.name], it));
}

function suggest() {
  const words = field.value.slice(1).toLowerCase();
  const all = leaves();
  const exact = all.find((it) => words === `${it.line} `);
  if (exact) {
    begin(exact);
    return;
  }
  const starts = all.filter((it) => it.line.startsWith(words));
  const found = [...starts, ...all.filter((it) => !starts.includes(it) && it.line.includes(words))];
  const items = found.map((it) => ({ name: `/${it.line}`, detail: it.description, aside: state.bot.name, value: it }));
  const note = all.length ? "No command is called that." : state.bot.connected ? "The bot has no commands here." : "The bot is not connected, so it has no commands.";
  list.show(items, (it) => begin(it.value), { title: items.length ? "Commands" : null, note: items.length ? null : note });
}

async function suggestNames(words) {
  const found = /(?:^|\s)([@#])([\p{L}\p{N}_-]*)$/u.exec(words);
  if (!found || !state.guild) {
    list.hide();
    return;
  }
  const items = found[1] === "@" ? [...(await find.people(found[2])), ...find.roles(found[2]).slice(0, 5)] : find.channels(found[2]);
  if (field.value.slice(0, field.selectionStart) !== words) return;
  list.show(items.slice(0, 8), (it) => {
    // The list is about letters that have been followed by others; the next one comes at once.
    if (field.value.slice(0, field.selectionStart) !== words) return;
    const name = it.person ? `@${it.name}` : it.name.startsWith("@") ? it.name : `#${it.name}`;
    named.set(name, it.person ? `<@${it.value}>` : it.name.startsWith("@") ? `<@&${it.value}>` : `<#${it.value}>`);
    field.setRangeText(`${name} `, field.selectionStart - found[2].length - 1, field.selectionStart, "end");
    fit();
  });
}

function begin(leaf) {
  list.hide();
  field.value = "";
  fit();
  bar = new CommandBar(leaf, { left: leaveCommand, complain });
  byId("composer").querySelector(".write").hidden = true;
  byId("composer").querySelector(".write").before(bar.element);
  bar.begin();
}

function leaveCommand() {
  if (!bar) return;
  bar.element.remove();
  bar = null;
  complain(null);
  byId("composer").querySelector(".write").hidden = false;
  field.focus();
}

function whoTypes() {
  const names = [...state.typing.values()].map((it) => it.user.name);
  const text = names.length > 3 ? "Several people are typing …" : names.length ? `${names.join(", ")} ${names.length === 1 ? "is" : "are"} typing …` : "";
  byId("composer").querySelector(".typing").textContent = text;
}
