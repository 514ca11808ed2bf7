// Forms that the bot opens (Discord calls them modals), as dialogs that keep the keyboard inside.

import { submitForm } from "/chat/chat.js";
import { choose, optionsFor } from "/chat/chooser.js";
import { MENUS } from "/chat/component.js";
import { openDialog } from "/chat/dialog.js";
import { h, icon } from "/chat/dom.js";
import { markdown } from "/chat/markdown.js";

const [ROW, TEXT_INPUT, TEXT, LABEL, FILES, RADIO, CHECKBOXES, CHECKBOX] = [1, 4, 10, 18, 19, 21, 22, 23];
let fields = 0;

export function openForm(form) {
  const values = new Map();
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const send = h("button", { class: "button primary", type: "submit" }, "Submit");
  const cancel = () => close();
  const body = h(
    "form",
    { class: "form", method: "dialog", onsubmit: submit },
    h("header", { class: "form-head" }, h("h2", {}, form.title), h("button", { class: "tool", type: "button", "aria-label": "Close", onclick: cancel }, icon("close"))),
    h("div", { class: "form-fields" }, form.components.map((it) => part(it, values))),
    problem,
    h("footer", { class: "form-foot" }, h("button", { class: "button secondary", type: "button", onclick: cancel }, "Cancel"), send),
  );
  const close = openDialog("", form.title, body);
  body.querySelector(".form-fields :is(input, textarea, button)")?.focus();

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    problem.hidden = true;
    try {
      const given = {};
      for (const [name, read] of values) {
        const value = await read();
        if (value !== undefined) given[name] = value;
      }
      await submitForm(form, given);
      close();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      send.disabled = false;
    }
  }
}

function part(one, values) {
  if (one.type === ROW) return one.components.map((it) => labelled(it.label, null, it, values));
  if (one.type === LABEL) return labelled(one.label, one.description, one.component, values);
  if (one.type === TEXT) return h("div", { class: "text" }, markdown(one.content));
  return null;
}

function labelled(label, description, component, values) {
  const id = `field-${++fields}`;
  const required = component.required !== false && component.type !== CHECKBOX;
  const [control, read] = controlOf(component, id, label);
  values.set(component.custom_id, read);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id, id: `${id}-label` }, label, required && h("span", { class: "required", title: "required" }, " *")),
    description && h("div", { class: "subtext" }, description),
    control,
  );
}

function controlOf(component, id, label) {
  if (component.type === TEXT_INPUT) return textInput(component, id);
  if (component.type === FILES) return fileInput(component, id);
  if (component.type === CHECKBOX) return checkbox(component, id);
  if (component.type === RADIO || component.type === CHECKBOXES) return boxes(component, id);
  if (MENUS.includes(component.type)) return menu(component, id, label);
  return [h("div", { id, class: "dim" }, `(a field of type ${component.type})`), () => undefined];
}

function textInput(component, id) {
  const paragraph = component.style === 2;
  const field = h(paragraph ? "textarea" : "input", {
    id,
    class: "input",
    placeholder: component.placeholder,
    required: component.required !== false,
    minlength: component.min_length,
    maxlength: component.max_length ?? 4000,
    rows: paragraph ? "4" : null,
    type: paragraph ? null : "text",
    autocomplete: "off",
  });
  field.value = component.value ?? "";
  return [field, () => field.value];
}

function menu(component, id, label) {
  let chosen = (component.options ?? []).filter((it) => it.default).map((it) => ({ name: it.label, value: it.value }));
  const required = component.required !== false;
  const words = h("span", { class: "menu-words" }, chosen.map((it) => it.name).join(", ") || component.placeholder || "Choose");
  const element = h("button", { id, class: "menu", type: "button", "aria-haspopup": "listbox", "aria-labelledby": `${id}-label ${id}`, onclick: pick }, words, icon("down"));
  async function pick() {
    const found = await choose(element, { ...optionsFor(component), min: component.min_values ?? (required ? 1 : 0), max: component.max_values ?? 1, label });
    if (found) chosen = found;
    words.textContent = chosen.map((it) => it.name).join(", ") || component.placeholder || "Choose";
  }
  return [element, () => (chosen.length ? chosen.map((it) => it.value) : undefined)];
}

function boxes(component, id) {
  const radio = component.type === RADIO;
  const inputs = component.options.map((it) => h("input", { type: radio ? "radio" : "checkbox", name: id, value: it.value, checked: Boolean(it.default) }));
  const group = h(
    "div",
    { id, class: "boxes", role: radio ? "radiogroup" : "group", "aria-labelledby": `${id}-label` },
    component.options.map((it, at) => h("label", { class: "box" }, inputs[at], h("span", {}, it.label, it.description && h("span", { class: "subtext" }, it.description)))),
  );
  const preset = component.options.some((it) => it.default);
  const read = () => inputs.filter((it) => it.checked).map((it) => it.value);
  return [group, () => (read().length || preset ? read() : undefined)];
}

function checkbox(component, id) {
  const field = h("input", { id, type: "checkbox", checked: Boolean(component.default) });
  return [field, () => field.checked];
}

function fileInput(component, id) {
  const field = h("input", { id, class: "input", type: "file", multiple: (component.max_values ?? 1) > 1, required: component.required !== false });
  return [field, () => (field.files.length ? Promise.all([...field.files].map(encoded)) : undefined)];
}

export async function encoded(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
  return { name: file.name, base64: url.slice(url.indexOf(",") + 1) };
}
