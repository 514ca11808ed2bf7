// Building and arranging elements. Text always goes in as text, so what people write can never become markup.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "vars") for (const [key, it] of Object.entries(value)) element.style.setProperty(key, it);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((it) => it !== null && it !== undefined && it !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

// Makes exactly these nodes the children, leaving those alone that are in place already: focus and scroll survive.
export function arrange(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!kept.has(child)) child.remove();
  let at = parent.firstChild;
  for (const node of wanted) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

// The same for nodes that are made anew each time: the keyboard stays with what has the same key.
export function redraw(parent, wanted) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...wanted);
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// Returns a function that draws at the next frame, once, however often it is called until then.
export function onceAFrame(draw) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw();
    });
  };
}

// Moves the focus among elements with the arrow keys; returns whether the key was one of them.
export function rove(event, elements, { vertical = true } = {}) {
  const [back, on] = vertical ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const at = elements.indexOf(document.activeElement);
  const next = { [back]: at - 1, [on]: at + 1, Home: 0, End: elements.length - 1 }[event.key];
  if (next === undefined || !elements.length) return false;
  event.preventDefault();
  elements[Math.min(Math.max(next, 0), elements.length - 1)].focus();
  return true;
}

const SHAPES = {
  reply: "M9 6 4 11l5 5M4 11h9a6 6 0 0 1 6 6v1",
  react: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5h.01M15 9.5h.01",
  edit: "m5 19 1-4L16 5l3 3L9 18z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  people: "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19c.6-3.4 3-5 6-5s5.4 1.6 6 5M15.5 5a3 3 0 0 1 0 5.8M17.5 14.4c2 .8 3.1 2.3 3.5 4.6",
  menu: "M4 7h16M4 12h16M4 17h16",
  text: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  voice: "M4 10v4h3l4 4V6l-4 4zM15 9a4 4 0 0 1 0 6M17.5 6.5a8 8 0 0 1 0 11",
  announce: "M4 10v4l11 5V5zM15 9a3 3 0 0 1 0 6M7 15.5 8.5 20",
  forum: "M4 5h16v11h-9l-4 3.5V16H4z",
  thread: "M8 4v9a4 4 0 0 0 4 4h8M16 13l4 4-4 4",
  stage: "M12 13a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.8-3.5 3.5-5 7-5s6.2 1.5 7 5",
  direct: "M4 6h16v11h-8l-4.5 3.5V17H4z",
  add: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  eye: "M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  swap: "M5 8h13l-3-3M19 16H6l3 3",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5",
  down: "m6 9 6 6 6-6",
  out: "M13 5h6v6M19 5l-9 9M16 14v5H5V8h5",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}
