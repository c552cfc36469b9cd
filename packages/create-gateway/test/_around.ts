import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import type { Surroundings } from "../src/surroundings.ts";

export interface Watched extends Surroundings {
  /** Everything printed so far. */
  printed(): { out: string; err: string };
  input: PassThrough;
  /** What the questions looked like. */
  screen(): string;
}

/** A place of its own for one test, away from every terminal and repository; gone afterwards. */
export function around(changes: Partial<Surroundings> = {}): Watched {
  const cwd = emptyFolder();
  const input = new PassThrough();
  const output = new PassThrough();
  const printed = { out: "", err: "" };
  let screen = "";
  output.on("data", (bytes: Buffer) => (screen += bytes.toString()));
  return {
    cwd,
    env: {},
    person: false,
    node: "26.10.0",
    terminal: { input, output },
    out: (text) => (printed.out += `${text}\n`),
    err: (text) => (printed.err += `${text}\n`),
    ...changes,
    input,
    printed: () => printed,
    screen: () => screen,
  };
}

export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "create-gateway-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
