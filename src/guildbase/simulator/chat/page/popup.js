// Small panels that float at an element: they leave when one presses Escape or clicks elsewhere.

// Shows the panel at the anchor; calls `left` when it is dismissed. Returns a function that takes it away silently.
export function place(panel, anchor, left = () => {}) {
  // A dialog covers everything outside of it, so that what belongs to it must be inside.
  const home = anchor.closest?.("dialog") ?? document.body;
  const before = document.activeElement;
  panel.classList.add("popup");
  home.append(panel);
  move(panel, anchor);
  const outside = (event) => !panel.contains(event.target) && dismiss();
  const escape = (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    dismiss();
  };
  const watch = new ResizeObserver(() => move(panel, anchor));
  watch.observe(panel);
  panel.addEventListener("keydown", escape);
  document.addEventListener("pointerdown", outside, true);

  function leave() {
    watch.disconnect();
    document.removeEventListener("pointerdown", outside, true);
    panel.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  }
  function dismiss() {
    leave();
    left();
  }
  return leave;
}

function move(panel, anchor) {
  const at = anchor.getBoundingClientRect?.() ?? new DOMRect(anchor.x, anchor.y, 0, 0);
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = at.bottom + 4 + height <= innerHeight;
  const top = below ? at.bottom + 4 : Math.max(8, at.top - height - 4);
  panel.style.setProperty("top", `${Math.min(top, innerHeight - height - 8)}px`);
  panel.style.setProperty("left", `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`);
}
