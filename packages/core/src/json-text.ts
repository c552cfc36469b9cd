import { isObject } from "./json.ts";
import { become } from "./late.ts";

/**
 * What `JSON.parse` should give. V8 14 takes a name with escapes for one that it has met where their characters agree as they
 * stand: after `{"a":1,"\\":2}` it reads `{"a":1,"\n":2}` as the first, and a client can so hide any member it likes.
 * https://github.com/nodejs/node/issues/63785 (read 2026-11). For JSON whose names others have written; what is only checked, or
 * has no names, needs none of it.
 */
export function parseJson(source: string): unknown {
  const value: unknown = JSON.parse(source);
  if (!hasEscapedName(source)) return value;
  const plain = withPlainNames(source);
  return plain.includes(`"${mark}`) ? renamed(JSON.parse(plain)) : JSON.parse(plain);
}

/** Looks at the strings with escapes alone: nothing where there are none. */
function hasEscapedName(source: string): boolean {
  let escape = source.indexOf("\\");
  while (escape >= 0) {
    const end = endOfString(source, escape + 1);
    if (isName(source, end)) return true;
    escape = source.indexOf("\\", end);
  }
  return false;
}

/** All names without an escape, those that need one as `marked`. */
function withPlainNames(source: string): string {
  let text = "";
  let done = 0;
  for (let start = source.indexOf('"'); start >= 0;) {
    const end = endOfString(source, start + 1);
    if (isName(source, end)) {
      text += source.slice(done, start) + plain(source.slice(start, end));
      done = end;
    }
    start = source.indexOf('"', end);
  }
  return text + source.slice(done);
}

const mark = "~";

function plain(spelled: string): string {
  const name = JSON.stringify(JSON.parse(spelled));
  return name.includes("\\") || name.startsWith(mark, 1) ? `"${marked(name.slice(1, -1))}"` : name;
}

/** The mark in place of each backslash, and one before all. */
function marked(escaped: string): string {
  return mark + escaped.replaceAll(mark, "\\u007e").replaceAll('"', "u0022").replaceAll("\\", mark);
}

function unmarked(name: string): string {
  return name.startsWith(mark) ? String(JSON.parse(`"${name.slice(1).replaceAll(mark, "\\")}"`)) : name;
}

/** Not a reviver of `JSON.parse`, which is called for every number of a list: 16 MB of them took six seconds. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (isNested(value[at])) value[at] = renamed(value[at]);
    return value;
  }
  if (!isObject(value)) return value;
  const named = {};
  for (const [name, member] of Object.entries(value)) become(named, unmarked(name), renamed(member));
  return named;
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** After the quote that closes the string in which `from` stands. The text is known to be JSON. */
function endOfString(source: string, from: number): number {
  let at = source.indexOf('"', from);
  while (isEscaped(source, at)) at = source.indexOf('"', at + 1);
  return at + 1;
}

function isEscaped(source: string, at: number): boolean {
  let escapes = 0;
  while (source[at - 1 - escapes] === "\\") escapes++;
  return escapes % 2 === 1;
}

function isName(source: string, end: number): boolean {
  let at = end;
  while (source.charCodeAt(at) <= 0x20) at++;
  return source[at] === ":";
}
