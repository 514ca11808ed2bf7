// Choosing who one is: a page at first, a dialog later.

import { avatar } from "/chat/avatar.js";
import { ask, enter } from "/chat/chat.js";
import { openDialog } from "/chat/dialog.js";
import { byId, h, rove } from "/chat/dom.js";
import { complain } from "/chat/notice.js";
import { state } from "/chat/state.js";

export async function welcome(problem = null) {
  const page = byId("welcome");
  const found = await ask("people", {});
  const connected = found.bot.connected ? `${found.bot.name} is connected and listens.` : `${found.bot.name} is not connected yet. Start your bot at any time.`;
  page.replaceChildren(
    h(
      "div",
      { class: "welcome-card" },
      h("img", { class: "mark", src: "/chat/mark.svg", alt: "" }),
      h("h1", {}, "Guildbase simulator"),
      h("p", { class: "lead" }, "A Discord of your own, on this machine, for one bot and everyone it talks to."),
      h("p", { class: `bot-state ${found.bot.connected ? "online" : "offline"}` }, connected),
      problem && h("p", { class: "problem", role: "alert" }, problem),
      h("h2", { id: "who" }, "Who do you want to be?"),
      chooser(found.people, (it) => enter(it.username).then(show).catch(complain)),
      h("p", { class: "hint" }, "Open this page in a second window to be two people at once."),
    ),
  );
  page.hidden = false;
  byId("app").hidden = true;
  page.querySelector(".person")?.focus();
}

export function show() {
  byId("welcome").hidden = true;
  byId("app").hidden = false;
}

// Lets one become another person.
export async function mayBe() {
  const { people } = await ask("people", {});
  const close = openDialog(
    "people",
    "Be someone else",
    h("h2", {}, "Be someone else"),
    chooser(people, (it) => {
      close();
      enter(it.username).catch(complain);
    }),
    h("p", { class: "hint" }, h("a", { href: "/", target: "_blank" }, "Open a second window"), " to be two people at once."),
  );
}

function chooser(people, chosen) {
  const list = h("div", { class: "person-list", onkeydown: (event) => rove(event, [...list.children]) });
  const draw = (found) => list.replaceChildren(...found.map((it) => row(it, chosen)));
  const search = async () => draw((await ask("people", { words: field.value })).people);
  const field = h("input", { class: "input", type: "search", placeholder: "Find a person", "aria-label": "Find a person", oninput: search });
  draw(people);
  return h("div", {}, people.length > 12 && field, list);
}

function row(person, chosen) {
  const current = person.id === state.me?.id;
  return h(
    "button",
    { class: `person${current ? " current" : ""}`, type: "button", onclick: () => chosen(person) },
    avatar(person, { size: 40 }),
    h("span", { class: "person-text" }, h("strong", {}, person.name), h("span", { class: "dim" }, person.guilds[0] ?? "in no server yet")),
  );
}
