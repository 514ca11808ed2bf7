// A small picker of emoji: what people use most, and the server's own.

import { h } from "/chat/dom.js";
import { customEmoji } from "/chat/markdown.js";
import { place } from "/chat/popup.js";
import { state } from "/chat/state.js";

const USUAL = [..."👍👎😂🎉🔥👀💯✅❌🙏👏🚀⭐🤔😍😢😮😡💡🐛", "❤️", "👋", "🙂", "🍀"];
const COLUMNS = 6;

export function pickEmoji(anchor) {
  return new Promise((resolve) => {
    const own = (state.guild?.emojis ?? []).map((it) => [{ id: it.id, name: it.name }, customEmoji(it.id, it.name)]);
    const all = [...own, ...USUAL.map((it) => [{ id: null, name: it }, it])];
    const buttons = all.map(([emoji, shown]) => h("button", { type: "button", class: "pick", "aria-label": emoji.name, onclick: () => finish(emoji) }, shown));
    const panel = h("div", { class: "emojis", role: "group", "aria-label": "Choose an emoji", onkeydown: key }, buttons);
    const leave = place(panel, anchor, () => resolve(null));
    buttons[0].focus();

    function key(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
      if (!step) return;
      event.preventDefault();
      buttons[Math.min(Math.max(buttons.indexOf(document.activeElement) + step, 0), buttons.length - 1)].focus();
    }
    function finish(emoji) {
      leave();
      resolve(emoji);
    }
  });
}
