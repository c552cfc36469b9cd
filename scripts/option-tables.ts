/**
 * Writes the tables of options into the docs, from the docstrings of the types and the flags of the commands.
 *
 * Run it with `pnpm run docs`. A test fails while a page differs from what this would write.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../packages/cli/src/commands/build.ts";
import { chat } from "../packages/cli/src/commands/chat.ts";
import { check } from "../packages/cli/src/commands/check.ts";
import { dev } from "../packages/cli/src/commands/dev.ts";
import { inspect } from "../packages/cli/src/commands/inspect.ts";
import { models } from "../packages/cli/src/commands/models.ts";
import { preview } from "../packages/cli/src/commands/preview.ts";
import { start } from "../packages/cli/src/commands/start.ts";
import { markdownTable, pagesWith, root, writePages, type PagePart } from "./_page-parts.ts";

const script = "scripts/option-tables.ts";

export interface Option {
  name: string;
  /** The type as it is written. */
  type: string;
  meaning: string;
  /** What it is when it is left out, or null where nothing is said. */
  standard: string | null;
}

/** The members of an interface with what their docstrings say. Throws for a member without one. */
export function optionsOf(file: string, name: string): Option[] {
  const source = readFileSync(join(root, file), "utf8");
  const start = source.search(new RegExp(`export interface ${name}\\b`));
  if (start < 0) throw new Error(`${file} has no interface ${name}`);
  const body = source.slice(source.indexOf("{\n", start), source.indexOf("\n}", start));
  const members = body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {2}(?:readonly )?(\w+)\??:\s*([^;]+);/gm);
  return [...members].map(([, comment, member = "", type = ""]) => {
    if (comment === undefined) throw new Error(`${file}: ${name}.${member} has no docstring`);
    const text = comment.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim();
    const [meaning = "", standard = null] = text.split(/\s*@default\s+/, 2);
    return { name: member, type: type.replaceAll(/\s+/g, " "), meaning, standard };
  });
}

const core = "packages/core/src";
const notTimes = ["attempts", "onUnknown", "fallbackOn"];

export const tables = {
  gateway: optionsOf(`${core}/config.ts`, "GatewayConfig"),
  limits: optionsOf(`${core}/config.ts`, "LimitsConfig"),
  timeouts: [
    ...optionsOf(`${core}/plan.ts`, "Policy").filter(({ name }) => !notTimes.includes(name)),
    ...optionsOf(`${core}/config.ts`, "TimeoutsConfig"),
  ],
  channel: optionsOf(`${core}/provider.ts`, "ChannelOptions"),
  quirks: optionsOf(`${core}/quirks.ts`, "Quirks"),
} as const;

/** A flag or argument of a command, as citty has it. */
interface Flag {
  type?: string;
  description?: string;
  valueHint?: string;
  alias?: string | readonly string[];
  default?: string | boolean;
}

export const commands: Readonly<Record<string, { args?: unknown }>> = {
  dev,
  start,
  build,
  preview,
  check,
  inspect,
  models,
  chat,
};

export function optionPages(): Map<string, string> {
  const options = Object.entries(tables).map(([name, rows]): PagePart => ({
    page: "docs/config.md",
    name,
    text: optionTable(rows),
  }));
  const flags = Object.entries(commands).map(([name, command]): PagePart => ({
    page: "docs/cli.md",
    name,
    text: flagTable(command.args as Record<string, Flag>),
  }));
  return pagesWith([...options, ...flags], script);
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ name, type, meaning, standard }) => [
    `\`${name}\``,
    /^[A-Z]/.test(type) || type.length > 40 ? "" : `\`${type}\``,
    meaning,
    standard ?? "–",
  ]);
  return markdownTable(["Option", "Type", "Means", "Default"], rows);
}

function flagTable(args: Readonly<Record<string, Flag>>): string {
  const rows = Object.entries(args).map(([name, flag]) => [
    spellingsOf(name, flag),
    flag.description ?? "",
    flag.default === undefined ? "–" : `\`${flag.default}\``,
  ]);
  return markdownTable(["Flag", "Means", "Default"], rows);
}

function spellingsOf(name: string, { type, valueHint = name, alias = [] }: Flag): string {
  if (type === "positional") return `\`[${name}]\``;
  const value = type === "string" ? ` <${valueHint}>` : "";
  return [`\`--${name}${value}\``, ...[alias].flat().map((short) => `\`-${short}\``)].join(", ");
}

if (import.meta.main) writePages(optionPages());
