// Dialogs: the keyboard stays inside, Escape or a click beside them leaves.

import { h } from "/chat/dom.js";

const REACHABLE = ":is(a[href], button, input, textarea, select, [tabindex='0']):not(:disabled)";

// Shows the content as a dialog and returns a function that closes it.
export function openDialog(kind, label, ...content) {
  const dialog = h("dialog", { class: `dialog ${kind}`, "aria-label": label, onkeydown: keepInside }, content);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  dialog.addEventListener("mousedown", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return () => dialog.close();
}

// By itself a browser would let Tab leave the dialog for its own controls.
function keepInside(event) {
  if (event.key !== "Tab" || event.defaultPrevented) return;
  const inside = [...event.currentTarget.querySelectorAll(REACHABLE)].filter((it) => it.checkVisibility());
  const edge = event.shiftKey ? inside[0] : inside.at(-1);
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? inside.at(-1) : inside[0]).focus();
}
