// Round pictures of people and square ones of servers: what was uploaded, or coloured initials.

import { h } from "/chat/dom.js";

const HUES = [212, 168, 24, 338, 262, 190, 46, 130, 290, 8];

export function hueOf(id) {
  // Neighbouring ids differ in their upper digits; the multiplier spreads them over the colours.
  return HUES[Number((BigInt(id) >> 22n) * 7n % BigInt(HUES.length))];
}

export function initials(name) {
  const words = name.match(/[\p{L}\p{N}\p{Extended_Pictographic}][^\s_-]*/gu) ?? [];
  return words.slice(0, 2).map((it) => [...it][0]).join("").toUpperCase();
}

export function avatar(person, { size = 40, status = null } = {}) {
  const inner = person.avatar
    ? h("img", { src: `/cdn/avatars/${person.id}/${person.avatar}.png`, alt: "", draggable: "false" })
    : h("span", {}, person.bot ? botFace() : initials(person.name));
  return h(
    "span",
    { class: `avatar${person.bot ? " bot" : ""}`, "aria-hidden": "true", vars: { "--size": `${size}px`, "--hue": hueOf(person.id) } },
    h("span", { class: "face" }, inner),
    status && h("span", { class: `status ${status}` }),
  );
}

function botFace() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M12 4v3M6.5 7h11A2.5 2.5 0 0 1 20 9.5v6a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 15.5v-6A2.5 2.5 0 0 1 6.5 7zM9 11.5v2M15 11.5v2");
  svg.append(path);
  return svg;
}
