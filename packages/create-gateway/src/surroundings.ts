import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { isAgent, isCI } from "std-env";

/** Everything that a run takes from outside, so that a test can hand it in. */
export interface Surroundings {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** A person can answer: both ends are a terminal, and neither CI nor a coding agent sits there. */
  person: boolean;
  /** Of the Node that runs this, e.g. `26.10.0`. */
  node: string;
  /** Where questions are asked and answered. */
  terminal: { input: Readable; output: Writable };
  out: (text: string) => void;
  err: (text: string) => void;
}

export function surroundings(): Surroundings {
  return {
    cwd: process.cwd(),
    env: process.env,
    person: process.stdin.isTTY === true && process.stdout.isTTY === true && !isCI && !isAgent,
    node: process.versions.node,
    terminal: { input: process.stdin, output: process.stdout },
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
  };
}

/** The version of this package. Core, the command line and the providers are released under the same one. */
export function ownVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
