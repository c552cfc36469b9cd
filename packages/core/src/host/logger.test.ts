import { describe, expect, test } from "vitest";
import { Credential } from "../ports.ts";
import { createConsoleLogger, type LogLevel } from "./logger.ts";

function written(level: LogLevel, write: (logger: ReturnType<typeof createConsoleLogger>) => void): string[] {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  write(createConsoleLogger({ level, console: { debug: add, info: add, warn: add, error: add } }));
  return lines;
}

describe("the console logger", () => {
  test.each([
    ["debug", 4],
    ["info", 3],
    ["warn", 2],
    ["error", 1],
    ["silent", 0],
  ] as const)("at level %s writes %i of four levels", (level, count) => {
    const lines = written(level, (logger) => {
      logger.debug("d");
      logger.info("i");
      logger.warn("w");
      logger.error("e");
    });
    expect(lines).toEqual(["debug d", "info i", "warn w", "error e"].slice(4 - count));
  });

  test("writes scalars, lists and errors on one line", () => {
    const fields = { id: "req_1", count: 2, ok: true, none: null, tags: ["a", 1], error: new TypeError("bro\nken") };
    expect(written("info", (logger) => logger.info("done", fields))).toEqual([
      'info done id="req_1" count=2 ok=true none=null tags=["a", 1] error="TypeError: bro\\nken"',
    ]);
  });

  test("never opens an object, whatever is inside (S48)", () => {
    const credential = new Credential("openai", ["https://api.openai.com"], { authorization: "Bearer sk-secret" });
    const fields = { credential, headers: { authorization: "sk-secret" }, all: [{ key: "sk-secret" }] };
    const [line] = written("info", (logger) => logger.info("call", fields));
    expect(line).toBe("info call credential=[object] headers=[object] all=[[object]]");
  });

  test("cannot be made to write a second line", () => {
    expect(written("info", (logger) => logger.info("one\nerror two"))).toEqual(["info one error two"]);
  });
});
