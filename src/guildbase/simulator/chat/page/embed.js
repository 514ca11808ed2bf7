// Embeds and files.

import { h, icon } from "/chat/dom.js";
import { colorText } from "/chat/state.js";
import { inline, markdown } from "/chat/markdown.js";
import { shortMoment } from "/chat/time.js";

export function embed(one, names) {
  const body = [
    one.provider?.name && h("div", { class: "embed-provider" }, one.provider.name),
    one.author && h("div", { class: "embed-author" }, one.author.icon_url && picture(one.author.icon_url, "embed-icon"), linked(one.author.url, one.author.name)),
    one.title && h("div", { class: "embed-title" }, linked(one.url, inline(one.title, names))),
    one.description && h("div", { class: "embed-text" }, markdown(one.description, names)),
    one.fields?.length && h("div", { class: "embed-fields" }, one.fields.map((it) => field(it, names))),
    one.image && h("div", { class: "embed-image" }, picture(one.image.url)),
    (one.footer || one.timestamp) && footer(one),
  ];
  return h(
    "article",
    { class: `embed${one.thumbnail ? " with-thumbnail" : ""}`, vars: { "--bar": colorText(one.color) ?? "var(--line)" } },
    h("div", { class: "embed-body" }, body),
    one.thumbnail && picture(one.thumbnail.url, "embed-thumbnail"),
  );
}

function field(one, names) {
  return h(
    "div",
    { class: one.inline ? "embed-field inline" : "embed-field" },
    h("div", { class: "embed-field-name" }, inline(one.name, names)),
    h("div", { class: "embed-field-value" }, markdown(one.value, names)),
  );
}

function footer(one) {
  const moment = one.timestamp ? shortMoment(new Date(one.timestamp)) : null;
  const text = [one.footer?.text, moment].filter(Boolean).join(" · ");
  return h("div", { class: "embed-footer" }, one.footer?.icon_url && picture(one.footer.icon_url, "embed-icon"), text);
}

const linked = (url, content) =>
  url && /^https?:/.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, content) : h("span", {}, content);

export function picture(url, kind = "picture", alt = "") {
  const image = h("img", { class: kind, src: url, alt, loading: "lazy", referrerpolicy: "no-referrer" });
  // Without a network pictures of other servers cannot come; their address is all there is to show.
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "no-picture", title: url }, icon("file"), alt || "picture")));
  return image;
}

export function attachment(one) {
  const kind = one.content_type ?? "";
  const alt = one.description ?? one.filename;
  if (kind.startsWith("image/")) return h("a", { class: "attached-image", href: one.url, target: "_blank", rel: "noopener" }, picture(one.url, "picture", alt));
  if (kind.startsWith("audio/")) return h("audio", { controls: true, src: one.url, "aria-label": alt });
  return h(
    "a",
    { class: "file", href: one.url, download: one.filename, target: "_blank", rel: "noopener" },
    icon("file"),
    h("span", {}, h("span", { class: "file-name" }, one.filename), h("span", { class: "file-size" }, size(one.size))),
  );
}

function size(bytes) {
  const units = ["bytes", "KB", "MB"];
  const step = bytes < 1000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  return `${step ? (bytes / 1000 ** step).toFixed(1) : bytes} ${units[step]}`;
}
