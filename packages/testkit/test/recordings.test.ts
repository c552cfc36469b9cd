import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordings } from "../src/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recordings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = "# https://example.com/docs | read 2026-11-20 | acme stream | acme-1 | written\n";
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

test("the files of one name are one recording, without their first lines", () => {
  write("text.sse", `${line}data: {"a":1}\r\n\r\n`);
  write("text.reply.json", `${line}{"a":1}`);
  write("text.events.json", `${line}{"quirks":{"done":"optional"},"stateDomain":"acme","events":[{"type":"end"}]}`);
  const [text, ...others] = recordings("acme", folder);
  expect(others).toEqual([]);
  expect(text).toMatchObject({
    name: "text",
    source: {
      url: "https://example.com/docs",
      read: "2026-11-20",
      what: "acme stream",
      model: "acme-1",
      origin: "written",
    },
    reply: { a: 1 },
    request: null,
    events: [{ type: "end" }],
    quirks: { done: "optional" },
    stateDomain: "acme",
  });
  expect(new TextDecoder().decode(text?.stream ?? new Uint8Array())).toBe('data: {"a":1}\r\n\r\n');
});

test("a fixture that does not say where it comes from is refused", () => {
  write("text.sse", "data: {}\n\n");
  expect(() => recordings("acme", folder)).toThrow("the first line must be");
});

test("a folder without fixtures is refused, so that no suite passes on nothing", () => {
  expect(() => recordings("acme", folder)).toThrow("There are no fixtures");
  expect(() => recordings("no-such-dialect")).toThrow("There are no fixtures");
});
