import { nearest } from "@sluice/core";
import type { ArgsDef } from "citty";
import { errors } from "./errors.ts";
import { workersOf } from "./runtime/_worker-count.ts";

/** Arguments of every command that reads a project. */
export const projectArguments = {
  cwd: { type: "string", description: "Folder of the project", valueHint: "dir" },
  config: { type: "string", alias: "c", description: "Config file (gateway.config.ts)", valueHint: "file" },
  json: { type: "boolean", description: "JSON instead of text" },
  verbose: { type: "boolean", description: "More detail, with stacks" },
} as const;

/** Flags that may stand without their value: `--host` is every address. */
const bareFlags: ReadonlySet<string> = new Set(["host"]);

/** Refuses flags and words that a command does not know, and flags without their value. */
export function assertArguments(command: string, rawArgs: readonly string[], known: ArgsDef): void {
  const flags = flagsOf(known);
  let words = Object.values(known).filter(({ type }) => type === "positional").length;
  for (let index = 0; index < rawArgs.length; index++) {
    const raw = rawArgs[index] as string;
    if (raw === "--") return;
    if (!raw.startsWith("-") || raw === "-") {
      if (words-- === 0) throw errors.CLI_ARGUMENT(raw, "is not expected here", `See \`sluice ${command} --help\`.`);
      continue;
    }
    const [flag = raw, value] = raw.split("=", 2);
    const type = flags.get(flag);
    if (type === undefined) throw errors.CLI_UNKNOWN_FLAG(flag, command, nearest(flag, flags.keys()));
    if (type === "boolean" || value !== undefined) continue;
    const next = rawArgs[index + 1];
    const hasValue = next !== undefined && !next.startsWith("-");
    if (hasValue) index++;
    else if (!bareFlags.has(flag.slice(2))) {
      throw errors.CLI_ARGUMENT(flag, "needs a value", `See \`sluice ${command} --help\`.`);
    }
  }
}

/** Every spelling of a flag with its type. */
function flagsOf(known: ArgsDef): Map<string, string> {
  const flags = new Map([
    ["--help", "boolean"],
    ["-h", "boolean"],
  ]);
  for (const [name, { type = "boolean", ...rest }] of Object.entries(known)) {
    if (type === "positional") continue;
    flags.set(`--${name}`, type);
    if (type === "boolean") flags.set(`--no-${name}`, type);
    const { alias = [] } = rest as { alias?: string | string[] };
    for (const short of [alias].flat()) flags.set(short.length === 1 ? `-${short}` : `--${short}`, type);
  }
  return flags;
}

/** A port from a flag. */
export function portOf(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw errors.CLI_ARGUMENT("--port", `"${value}" is no port`, "Give a number from 0 (any free port) to 65535.");
}

/** `--host` alone is every address; none is this machine. */
export function hostOf(value: string | undefined): string {
  if (value === undefined) return "127.0.0.1";
  return value === "" ? "0.0.0.0" : value;
}

/** A number of processes; none given is one. */
export function workersFrom(value: string | undefined): number {
  const workers = workersOf(value);
  if (workers !== null) return workers;
  throw errors.CLI_ARGUMENT(
    "--workers",
    `"${value}" is no number of workers`,
    "Give 1 to 1024, or auto for one per core.",
  );
}
