// What is told in passing: refusals, and that a connection is missing.

import { byId, h } from "/chat/dom.js";
import { state, when } from "/chat/state.js";

export function complain(error) {
  const note = h("div", { class: "toast", role: "alert" }, error.message ?? String(error));
  document.body.append(note);
  setTimeout(() => note.remove(), 6000);
}

export function mountNotice() {
  when(["online", "bot"], () => {
    const text = !state.online
      ? "No connection to the simulator. Trying again …"
      : state.bot && !state.bot.connected
        ? `${state.bot.name} is not connected. Nobody answers until your bot runs.`
        : "";
    byId("notice").textContent = text;
    byId("notice").hidden = !text;
    byId("notice").classList.toggle("bad", !state.online);
  });
}
