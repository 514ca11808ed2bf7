import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { parse } from "./markup";
import { MessageText } from "./message-text";

const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg/onload=alert(1)>',
  "<iframe src=javascript:alert(1)>",
  "[click](javascript:alert(1))",
  "[click](JaVaScRiPt:alert(1))",
  "[click](data:text/html,<script>alert(1)</script>)",
  "[click](vbscript:msgbox(1))",
  "[click](https://a.example/\" onmouseover=\"alert(1))",
  "[<img src=x onerror=alert(1)>](https://a.example)",
  "javascript:alert(1)",
  "<javascript:alert(1)>",
  "https://a.example/\"onmouseover=alert(1)",
  "`<script>alert(1)</script>`",
  "```html\n<script>alert(1)</script>\n```",
  "**<b onclick=alert(1)>bold</b>**",
  "||<img src=x onerror=alert(1)>||",
  "<@<script>alert(1)</script>>",
  "<#1><script>",
  "<t:99999999999999>",
  "<t:999999999999>",
  "<:a\"b:1>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "\u0000<script>\u0000",
  "\u202Egpj.exe",
  "{{constructor.constructor('alert(1)')()}}",
  "# <script>alert(1)</script>",
  "> <script>alert(1)</script>",
  "http://[::1",
  "https://\u0000",
];

const shown = (text: string) => render(<MessageText text={text} names={new Map([["1", "<b>Olga</b>"]])} />).container;

describe("what people write", () => {
  it.each(ATTACKS)("stays text and never becomes a page: %s", (attack) => {
    const box = shown(attack);
    expect(box.querySelectorAll("script, img, svg, iframe, b, object, embed, form, style")).toHaveLength(0);
    for (const element of box.querySelectorAll("*"))
      for (const attribute of element.attributes) expect(attribute.name).not.toMatch(/^on|^srcdoc$|^style$/);
    for (const link of box.querySelectorAll("a")) {
      expect(link.getAttribute("href")).toMatch(/^https?:\/\//);
      expect(link.rel).toContain("noopener");
    }
  });

  it.each([
    ["**bold** *it* __un__ ~~no~~ `code`", ["STRONG", "EM", "U", "S", "CODE"]],
    ["# Title\n> quoted\nhttps://a.example <https://b.example>", ["P", "BLOCKQUOTE", "A", "A"]],
    ["***both***", ["EM"]],
    ["```py\nprint('**no**')\n```", ["PRE"]],
  ])("is shown as Discord shows it: %s", (text, names) => {
    const found = [...shown(text).firstElementChild!.querySelectorAll("*")].map((element) => element.tagName);
    expect(found.filter((name) => name !== "BR")).toEqual(expect.arrayContaining(names));
  });

  it.each(["snake_case_name", "5 * 3 * 2", "\\*not\\*", "a < b > c", "**", "||", "```", "1 ** 2", ":smile:"])(
    "keeps what is no mark: %s",
    (text) => expect(parse(text)).toEqual([{ kind: "text", text: text.replaceAll("\\", "") }]),
  );

  it("names whom it mentions, and shows what a spoiler hides when asked", async () => {
    const box = shown("hello <@1> <@&2> <#3> <:wave:4> ||secret||");
    expect(box).toHaveTextContent("hello @<b>Olga</b> @role 2 #3 :wave:");
    expect(box).not.toHaveTextContent("secret");
    await userEvent.click(screen.getByRole("button", { name: /spoiler/i }));
    expect(box).toHaveTextContent("secret");
  });

  it.each(["*", "_", "~~", "||", "**", "`", "[", "<", "> ", "\\", "[a](", "https://", "```\n", "**_~~||"])(
    "takes no longer for many marks that never end: %s",
    (mark) => {
      const text = mark.repeat(4000 / mark.length);
      expect(parse(text).length).toBeLessThanOrEqual(4000);
    },
  );
});
