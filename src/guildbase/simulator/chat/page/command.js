// Filling in a slash command: a field for each option, with suggestions from the command, the server or the bot.

import { ask, use } from "/chat/chat.js";
import { h, icon } from "/chat/dom.js";
import * as find from "/chat/find.js";
import { encoded } from "/chat/form.js";
import { Listbox } from "/chat/listbox.js";
import { state } from "/chat/state.js";

const [STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE] = [3, 4, 5, 6, 7, 8, 9, 10, 11];
const KINDS = { 3: "text", 4: "whole number", 5: "yes or no", 6: "person", 7: "channel", 8: "role", 9: "person or role", 10: "number", 11: "file" };
const PAUSE = 120;

// Whoever types on has something to say; the first option that is left takes it, the key itself included.
const isLetter = ({ key, ctrlKey, metaKey, altKey }) => key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;

export class CommandBar {
  #leaf;
  #fields = [];
  #left;
  #complain;
  #hint = h("div", { class: "option-hint" });
  #lists = h("div", { class: "option-lists" });
  #line = h("div", { class: "option-line" });
  #more = h("div", { class: "option-more" });

  constructor(leaf, { left, complain }) {
    this.#leaf = leaf;
    this.#left = left;
    this.#complain = complain;
    const close = h("button", { class: "tool", type: "button", "aria-label": "Leave the command", onclick: left }, icon("close"));
    const run = h("button", { class: "button primary run", type: "button", onclick: () => this.#send() }, "Run");
    this.#line.append(h("span", { class: "command-chip" }, `/${leaf.line}`));
    this.element = h("div", { class: "command", role: "group", "aria-label": `/${leaf.line}: ${leaf.description}` }, this.#lists, this.#hint, h("div", { class: "command-row" }, this.#line, this.#more, run, close));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    for (const option of leaf.options) if (option.required) this.#add(option);
    this.#drawMore();
  }

  get first() {
    return this.#fields[0]?.input ?? this.element.querySelector(".run");
  }

  begin() {
    this.#hint.textContent = this.#leaf.description;
    const next = this.#fields.length ? this.first : (this.#more.querySelector("button") ?? this.element.querySelector(".run"));
    // With nothing to fill in but what is optional, Enter sends the command as it is.
    (this.#fields.length ? next : this.element.querySelector(".run")).focus();
  }

  #add(option) {
    const input = h("input", { class: "option-input", type: option.type === FILE ? "file" : "text", autocomplete: "off", spellcheck: "false", "aria-label": `${option.name}: ${option.description}`, "aria-required": String(Boolean(option.required)) });
    const one = { option, input, chosen: null, list: new Listbox(input, option.name) };
    this.#lists.append(one.list.element);
    const grow = () => option.type !== FILE && input.style.setProperty("width", `${Math.max(6, input.value.length + 1)}ch`);
    const box = h("label", { class: "option" }, h("span", { class: "option-name" }, option.name), input);
    one.box = box;
    input.addEventListener("focus", () => {
      this.#describe(option);
      this.#suggest(one);
    });
    input.addEventListener("blur", () => one.list.hide());
    input.addEventListener("input", () => {
      one.chosen = null;
      box.classList.remove("wrong");
      grow();
      this.#suggest(one);
    });
    one.set = (item) => {
      one.chosen = item;
      input.value = item.name.replace(/^@/, "");
      grow();
      this.#onward(one);
    };
    this.#fields.push(one);
    this.#line.append(box);
    grow();
    return one;
  }

  #drawMore() {
    const left = this.#leaf.options.filter((it) => !this.#fields.some((one) => one.option === it));
    this.#more.replaceChildren(
      ...left.map((it) =>
        h(
          "button",
          {
            class: "option-add",
            type: "button",
            title: it.description,
            "aria-label": `Add the option ${it.name}: ${it.description}`,
            onfocus: () => this.#describe(it),
            onclick: () => {
              const one = this.#add(it);
              this.#drawMore();
              one.input.focus();
            },
          },
          `+ ${it.name}`,
        ),
      ),
    );
  }

  #describe(option) {
    this.#hint.replaceChildren(h("strong", {}, option.name), ` ${option.description} `, h("span", { class: "option-kind" }, KINDS[option.type]), option.required ? h("span", { class: "option-kind required" }, "required") : "");
  }

  async #suggest(one) {
    const words = one.input.value;
    const mark = (one.mark = Symbol(words));
    // What the simulator refuses to tell suggests nothing; Enter must not wait for it for ever.
    one.awaited = this.#items(one, words, () => one.mark === mark).catch(() => []);
    const items = await one.awaited;
    if (one.mark !== mark) return;
    one.awaited = null;
    if (document.activeElement !== one.input) return;
    // A choice that is made already needs no list in the way of Enter.
    if (!items || one.chosen) one.list.hide();
    else one.list.show(items, one.set, { title: one.option.autocomplete ? `${state.bot.name} suggests` : one.option.name, first: Boolean(words) || Boolean(one.option.required), note: items.length ? null : "Nothing fits" });
  }

  async #items({ option }, words, isCurrent) {
    if (option.choices?.length) return option.choices.filter((it) => it.name.toLowerCase().includes(words.toLowerCase())).map((it) => ({ name: it.name, value: it.value }));
    if (option.autocomplete) return this.#fromBot(option, words, isCurrent);
    if (option.type === BOOLEAN) return [{ name: "True", value: true }, { name: "False", value: false }].filter((it) => it.name.toLowerCase().startsWith(words.toLowerCase()));
    const plain = words.replace(/^[@#]/, "");
    if (option.type === USER) return find.people(plain);
    if (option.type === ROLE) return find.roles(plain);
    if (option.type === CHANNEL) return find.channels(plain, option.channel_types ?? null);
    if (option.type === MENTIONABLE) return [...(await find.people(plain)), ...find.roles(plain)];
    return null;
  }

  async #fromBot(option, words, isCurrent) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (!isCurrent()) return [];
    try {
      const others = Object.fromEntries(this.#fields.filter((it) => it.option !== option && it.input.value && it.option.type !== FILE).map((it) => [it.option.name, this.#value(it)]));
      const { choices } = await ask("complete", { channel_id: state.channel.id, name: this.#leaf.line, options: { ...others, [option.name]: words } });
      return choices;
    } catch (error) {
      if (isCurrent()) this.#complain(error.kind === "DidNotAnswer" ? "The bot made no suggestions in time." : error.message);
      return [];
    }
  }

  #onward(one) {
    const next = this.#fields.find((it) => it.option.required && !it.input.value);
    if (next) next.input.focus();
    else {
      one.input.focus();
      one.list.hide();
    }
  }

  #key(event) {
    const one = this.#fields.find((it) => it.input === event.target);
    if (one?.awaited && ["Enter", "Tab"].includes(event.key) && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#take(one, event.key);
      return;
    }
    if (one?.list.key(event)) return;
    if (event.key === "Escape") this.#left();
    else if (event.key === "Enter" && (one || event.target.matches(".run")) && !event.isComposing) this.#send();
    else if (event.key === "Backspace" && one && !one.input.value) this.#back(one);
    else if (event.target.matches(".run") && isLetter(event)) return void this.#more.querySelector("button")?.click();
    else return;
    event.preventDefault();
  }

  // Who types fast means what fits all their letters, not what fitted the first ones and is still on the list.
  async #take(one, key) {
    while (one.awaited) await one.awaited;
    if (one.list.current) one.list.pick();
    else if (key === "Enter") this.#send();
  }

  #back(one) {
    const at = this.#fields.indexOf(one);
    if (one.option.required && at === 0) this.#left();
    else if (one.option.required) this.#fields[at - 1].input.focus();
    else {
      this.#fields.splice(at, 1);
      one.box.remove();
      one.list.element.remove();
      this.#drawMore();
      (this.#fields[at - 1]?.input ?? this.first).focus();
    }
  }

  #value({ option, chosen, input }) {
    if (chosen) return chosen.value;
    const text = input.value.trim();
    if (option.type === BOOLEAN) return { true: true, yes: true, false: false, no: false }[text.toLowerCase()] ?? text;
    const choice = option.choices?.find((it) => it.name.toLowerCase() === text.toLowerCase());
    if (choice) return choice.value;
    if ((option.type === INTEGER || option.type === NUMBER) && text && !Number.isNaN(Number(text))) return Number(text);
    return option.type === STRING ? text : text.replace(/^[@#]/, "");
  }

  async #send() {
    const missing = this.#fields.find((it) => it.option.required && !it.input.value.trim());
    if (missing) {
      missing.box.classList.add("wrong");
      this.#complain(`The option ${missing.option.name} is required.`);
      missing.input.focus();
      return;
    }
    const options = {};
    for (const it of this.#fields.filter((one) => one.input.value.trim())) options[it.option.name] = it.option.type === FILE ? await encoded(it.input.files[0]) : this.#value(it);
    this.element.hidden = true;
    const work = use(`/${this.#leaf.line}`, { options });
    try {
      // A client's refusal comes at once; an answer may take its time while one goes on.
      const early = await Promise.race([work.then(() => null), new Promise((resolve) => setTimeout(resolve, 60, "later"))]);
      if (early !== null) work.catch((error) => this.#complain(error.message));
      this.#left();
    } catch (error) {
      this.element.hidden = false;
      this.#complain(error.message);
      this.first.focus();
    }
  }
}
