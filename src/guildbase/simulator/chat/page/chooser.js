// A list that opens at a menu: one choice closes it, several are ticked and confirmed. Resolves to null if left.

import { h } from "/chat/dom.js";
import * as find from "/chat/find.js";
import { emojiOf } from "/chat/markdown.js";
import { place } from "/chat/popup.js";

// Returns where the choices of a menu component come from.
export function optionsFor(component) {
  const options = (component.options ?? []).map((it) => ({
    name: it.label,
    detail: it.description,
    value: it.value,
    icon: it.emoji && emojiOf(it.emoji),
    chosen: Boolean(it.default),
  }));
  const sources = {
    5: find.people,
    6: find.roles,
    7: async (words) => [...find.roles(words), ...(await find.people(words))],
    8: (words) => find.channels(words, component.channel_types?.length ? component.channel_types : null),
  };
  return { source: sources[component.type] ?? ((words) => options.filter((it) => it.name.toLowerCase().includes(words.toLowerCase()))), searched: component.type !== 3 || options.length > 10 };
}

export function choose(anchor, { source, searched, min, max, label }) {
  return new Promise((resolve) => {
    const chosen = new Map();
    const rows = h("div", { class: "chooser-rows", role: "listbox", "aria-label": label, "aria-multiselectable": String(max > 1) });
    const field = searched && h("input", { class: "chooser-search", type: "search", placeholder: "Search", "aria-label": `Search: ${label}`, oninput: () => fill(field.value) });
    const done = h("button", { class: "button primary", type: "button", onclick: () => finish([...chosen.values()]) }, "Done");
    const panel = h("div", { class: "chooser", onkeydown: key }, field, rows, max > 1 && done);
    const leave = place(panel, anchor, () => resolve(null));

    async function fill(words) {
      const items = await source(words);
      if (!rows.childElementCount && !words) for (const it of items) if (it.chosen) chosen.set(it.value, it);
      rows.replaceChildren(...(items.length ? items.map(row) : [h("div", { class: "chooser-none" }, "Nothing found")]));
      tick();
    }

    function row(item) {
      return h(
        "div",
        { class: "chooser-row", role: "option", tabindex: "-1", data: { value: item.value }, onclick: () => pick(item) },
        item.icon,
        h("span", { class: "chooser-text" }, h("span", {}, item.name), item.detail && h("span", { class: "dim" }, item.detail)),
      );
    }

    function pick(item) {
      if (max === 1 && min === 1) return finish([item]);
      if (max === 1) return finish(chosen.has(item.value) ? [] : [item]);
      if (!chosen.delete(item.value) && chosen.size < max) chosen.set(item.value, item);
      return tick();
    }

    function tick() {
      for (const it of rows.querySelectorAll("[role=option]")) it.setAttribute("aria-selected", String(chosen.has(it.dataset.value)));
      done.disabled = chosen.size < min || chosen.size > max;
    }

    function key(event) {
      const options = [...rows.querySelectorAll("[role=option]")];
      const at = options.indexOf(document.activeElement);
      if (event.key === "ArrowDown") options[Math.min(at + 1, options.length - 1)]?.focus();
      else if (event.key === "ArrowUp") (at > 0 ? options[at - 1] : (field || options[0]))?.focus();
      else if ((event.key === "Enter" || event.key === " ") && at >= 0) options[at].click();
      else return;
      event.preventDefault();
    }

    function finish(items) {
      leave();
      resolve(items);
    }

    fill("").then(() => (field || rows.querySelector("[role=option]"))?.focus());
  });
}
