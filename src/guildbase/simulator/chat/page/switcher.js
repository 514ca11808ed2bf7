// The quick switcher: Ctrl+K, a few letters, Enter.

import { ask, goChannel, goDirect, goGuild } from "/chat/chat.js";
import { avatar } from "/chat/avatar.js";
import { openDialog } from "/chat/dialog.js";
import { h } from "/chat/dom.js";
import { channelIcon } from "/chat/find.js";
import { Listbox } from "/chat/listbox.js";
import { complain } from "/chat/notice.js";
import { state } from "/chat/state.js";

export function openSwitcher() {
  if (document.querySelector("dialog[open]") || !state.me) return;
  const field = h("input", { class: "input", type: "text", placeholder: "Where to?", "aria-label": "Find a channel", autocomplete: "off", oninput: () => (filled = fill()) });
  const list = new Listbox(field, "Places");
  field.addEventListener("keydown", (event) => (event.key === "Enter" ? take(event) : event.key !== "Escape" && list.key(event)));
  const close = openDialog("switcher", "Quick switcher", field, list.element);
  let filled = fill();

  // Who types fast means what fits all their letters, so the last answer is waited for.
  async function take(event) {
    event.preventDefault();
    await filled;
    if (list.current) list.pick();
  }

  async function fill() {
    const words = field.value;
    const { places } = await ask("places", { words });
    if (field.value !== words) return;
    const bot = state.bot.name.toLowerCase().includes(words.toLowerCase()) ? [{ name: state.bot.name, detail: "direct messages", icon: avatar(state.bot, { size: 20 }), value: null }] : [];
    const items = [...places.map((it) => ({ name: it.name, detail: it.guild, icon: channelIcon(it), value: it })), ...bot];
    list.show(items, (it) => go(it.value), { note: items.length ? null : "There is no such place" });
  }

  function go(place) {
    close();
    const work = place === null ? goDirect() : place.guild_id === state.guild?.id ? goChannel(place.channel_id) : goGuild(place.guild_id, place.channel_id);
    work.catch(complain);
  }
}
