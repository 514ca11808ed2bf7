// A list of suggestions under the control of a text field, as the ARIA pattern of a combobox has it.

import { h } from "/chat/dom.js";

let lists = 0;

export class Listbox {
  #input;
  #items = [];
  #at = -1;
  #picked = null;

  // The list belongs to this field; it is shown inside `element`, which the caller puts in its place.
  constructor(input, label) {
    this.#input = input;
    this.element = h("div", { class: "suggestions", id: `suggestions-${++lists}`, role: "listbox", "aria-label": label, hidden: true });
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", this.element.id], ["aria-expanded", "false"]]) {
      input.setAttribute(name, value);
    }
  }

  get isOpen() {
    return !this.element.hidden;
  }

  get current() {
    return this.#items[this.#at] ?? null;
  }

  // Shows items {name, detail, aside, icon, value}; `picked` hears which was chosen. `first` is active at once.
  show(items, picked, { title = null, first = true, note = null } = {}) {
    this.#items = items;
    this.#picked = picked;
    this.#at = first && items.length ? 0 : -1;
    const rows = items.map((it, at) => this.#row(it, at));
    this.element.replaceChildren(...[title && h("div", { class: "suggestions-title" }, title), ...rows, note && h("div", { class: "suggestions-note" }, note)].filter(Boolean));
    this.element.hidden = !items.length && !note;
    this.#mark();
  }

  hide() {
    this.element.hidden = true;
    this.element.replaceChildren();
    this.#items = [];
    this.#at = -1;
    this.#mark();
  }

  // Handles a key and tells whether it was one of the list's.
  key(event) {
    if (!this.isOpen || event.isComposing) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (moves[event.key] && this.#items.length) {
      this.#at = (this.#at + moves[event.key] + this.#items.length) % this.#items.length;
      this.#mark();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.current) this.pick(this.#at);
    else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  // Chooses an item: the active one unless another is meant.
  pick(at = this.#at) {
    const item = this.#items[at];
    this.hide();
    this.#picked(item);
  }

  #row(item, at) {
    return h(
      "div",
      { class: "suggestion", role: "option", id: `${this.element.id}-${at}`, onclick: () => this.pick(at) },
      item.icon,
      h("span", { class: "suggestion-name" }, item.name),
      item.detail && h("span", { class: "suggestion-detail" }, item.detail),
      item.aside && h("span", { class: "suggestion-aside" }, item.aside),
    );
  }

  #mark() {
    const rows = [...this.element.querySelectorAll(".suggestion")];
    rows.forEach((it, at) => it.setAttribute("aria-selected", String(at === this.#at)));
    this.#input.setAttribute("aria-expanded", String(this.isOpen));
    if (this.#at >= 0) {
      this.#input.setAttribute("aria-activedescendant", rows[this.#at].id);
      rows[this.#at].scrollIntoView({ block: "nearest" });
    } else this.#input.removeAttribute("aria-activedescendant");
  }
}
