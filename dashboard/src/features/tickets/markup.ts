/** A piece of a message in Discord's markup. It is data: the page makes elements of it, and never parses HTML. */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "bold" | "italic" | "underline" | "strike" | "spoiler" | "quote"; pieces: Piece[] }
  | { kind: "heading"; level: 1 | 2 | 3; pieces: Piece[] }
  | { kind: "code" | "block"; text: string }
  | { kind: "link"; href: string; text: string }
  | { kind: "mention"; of: "user" | "role" | "channel"; id: string }
  | { kind: "emoji"; name: string }
  | { kind: "time"; seconds: number }
  | { kind: "break" };

type Rule = { pattern: RegExp; make: (found: RegExpExecArray, depth: number) => Piece | null };

// Nested marks beyond this stay text, so that no message makes the page work without end.
const DEEPEST = 8;
const LONGEST_LINK = 1500;

const inside = (kind: "bold" | "italic" | "underline" | "strike" | "spoiler") => (found: RegExpExecArray, depth: number) =>
  ({ kind, pieces: inline(found[1] ?? "", depth + 1) }) satisfies Piece;

// Sticky patterns are tried at one place only; each is linear, as none has a repetition within a repetition.
const RULES: Rule[] = [
  { pattern: /\\([\\`*_~|<>[\]()#])/y, make: (found) => ({ kind: "text", text: found[1] ?? "" }) },
  { pattern: /```(?:[\w+-]{0,20}\n)?([^`]+)```/y, make: (found) => ({ kind: "block", text: found[1] ?? "" }) },
  { pattern: /`([^`\n]+)`/y, make: (found) => ({ kind: "code", text: found[1] ?? "" }) },
  { pattern: /<@[!]?(\d{1,20})>/y, make: (found) => ({ kind: "mention", of: "user", id: found[1] ?? "" }) },
  { pattern: /<@&(\d{1,20})>/y, make: (found) => ({ kind: "mention", of: "role", id: found[1] ?? "" }) },
  { pattern: /<#(\d{1,20})>/y, make: (found) => ({ kind: "mention", of: "channel", id: found[1] ?? "" }) },
  { pattern: /<a?:(\w{2,32}):\d{1,20}>/y, make: (found) => ({ kind: "emoji", name: found[1] ?? "" }) },
  { pattern: /<t:(-?\d{1,12})(?::[tTdDfFR])?>/y, make: (found) => time(Number(found[1])) },
  { pattern: /\[([^[\]\n]{1,300})\]\((https?:\/\/[^\s()<>]{1,1500})\)/y, make: (found) => link(found[2] ?? "", found[1]) },
  { pattern: /<(https?:\/\/[^\s<>]{1,1500})>/y, make: (found) => link(found[1] ?? "") },
  { pattern: /https?:\/\/[^\s<>"]{1,1500}/y, make: (found) => link(found[0]) },
  { pattern: /\*\*(\*(?=[^*\s])[^*\n]+\*)\*\*/y, make: inside("bold") },
  { pattern: /\*\*(?=\S)((?:[^*\n]|\*(?!\*))+)\*\*/y, make: inside("bold") },
  { pattern: /__(?=\S)((?:[^_\n]|_(?!_))+)__/y, make: inside("underline") },
  { pattern: /~~(?=\S)([^~\n]+)~~/y, make: inside("strike") },
  { pattern: /\|\|(?=\S)([^|]+)\|\|/y, make: inside("spoiler") },
  { pattern: /\*(?=\S)([^*\n]+)\*/y, make: inside("italic") },
  { pattern: /_(?=\S)([^_\n]+)_(?!\w)/y, make: inside("italic") },
  { pattern: /\n/y, make: () => ({ kind: "break" }) },
];
const MAY_BEGIN = /[\\`<[h*_~|\n]/g;

/** Only addresses of the web: `javascript:` and its like never become a link. */
function link(href: string, text?: string): Piece | null {
  if (href.length > LONGEST_LINK || !URL.canParse(href)) return null;
  const { protocol } = new URL(href);
  return protocol === "https:" || protocol === "http:" ? { kind: "link", href, text: text ?? href } : null;
}

// Beyond this JavaScript has no dates.
const time = (seconds: number): Piece | null => (Math.abs(seconds) <= 8_640_000_000_000 ? { kind: "time", seconds } : null);

function inline(text: string, depth: number): Piece[] {
  const pieces: Piece[] = [];
  let plain = "";
  const flush = () => {
    if (plain) pieces.push({ kind: "text", text: plain });
    plain = "";
  };
  let at = 0;
  while (at < text.length) {
    const found = depth < DEEPEST ? match(text, at, depth) : null;
    if (found) {
      if (found.piece.kind === "text") plain += found.piece.text;
      else {
        flush();
        pieces.push(found.piece);
      }
      at += found.length;
      continue;
    }
    MAY_BEGIN.lastIndex = at + 1;
    const next = MAY_BEGIN.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    at = next;
  }
  flush();
  return pieces;
}

function match(text: string, at: number, depth: number): { piece: Piece; length: number } | null {
  // An underscore within a word, as in snake_case, is no mark.
  const isInWord = text[at] === "_" && /\w/.test(text[at - 1] ?? "");
  for (const { pattern, make } of RULES) {
    if (isInWord) break;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const piece = found && make(found, depth);
    if (found && piece) return { piece, length: found[0].length };
  }
  return null;
}

/** Discord's markup as pieces: what is no mark stays text, whatever it looks like. */
export function parse(text: string): Piece[] {
  const pieces: Piece[] = [];
  let run: string[] = [];
  const flush = () => {
    if (run.length) pieces.push(...inline(run.join("\n"), 0));
    run = [];
  };
  let isInBlock = false;
  for (const line of text.split("\n")) {
    const heading = isInBlock ? null : /^(#{1,3}) +(\S.*)$/.exec(line);
    const quote = isInBlock ? null : /^> (.*)$/.exec(line);
    if (heading) {
      flush();
      pieces.push({ kind: "heading", level: heading[1]!.length as 1 | 2 | 3, pieces: inline(heading[2] ?? "", 0) });
    } else if (quote) {
      flush();
      pieces.push({ kind: "quote", pieces: inline(quote[1] ?? "", 0) });
    } else run.push(line);
    if ((line.split("```").length - 1) % 2) isInBlock = !isInBlock;
  }
  flush();
  return pieces;
}
