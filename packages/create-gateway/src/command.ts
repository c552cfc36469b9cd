import { parseArgs, renderUsage, type ArgsDef, type CommandDef } from "citty";
import { errors } from "./errors.ts";
import { packageManagers, type PackageManager } from "./package-manager.ts";
import { providerIds } from "./providers.ts";
import { findTemplate, starter, templateChoices, type TemplateChoice } from "./templates.ts";

/** What the command line says. `undefined` is not said: asked for, or left to the default. */
export interface Wishes {
  directory: string | undefined;
  template: TemplateChoice | undefined;
  providers: string[] | undefined;
  packageManager: PackageManager | undefined;
  install: boolean | undefined;
  git: boolean | undefined;
  start: boolean | undefined;
  yes: boolean;
  overwrite: boolean;
  dryRun: boolean;
  interactive: boolean;
  json: boolean;
  help: boolean;
  version: boolean;
}

const flags = {
  dir: { type: "positional", required: false, description: `The folder of the new project (Default: my-gateway)` },
  template: {
    type: "string",
    alias: "t",
    valueHint: templateChoices.map(({ id }) => id).join("|"),
    description: `What to build (Default: ${starter.id})`,
  },
  providers: {
    type: "string",
    valueHint: "openai,ollama",
    description: `${providerIds.join(", ")}; mock is always in`,
  },
  pm: {
    type: "string",
    valueHint: packageManagers.join("|"),
    description: "Package manager (Default: the one that runs this)",
  },
  install: { type: "boolean", description: "Install the packages (Default: yes)", negativeDescription: "Don't" },
  git: {
    type: "boolean",
    description: "Start a git repository (Default: yes, unless inside one)",
    negativeDescription: "Don't",
  },
  start: {
    type: "boolean",
    description: "Start the gateway when it is installed (Default: asked; else no)",
    negativeDescription: "Don't",
  },
  yes: { type: "boolean", alias: "y", default: false, description: "Take every default, ask nothing" },
  overwrite: {
    type: "boolean",
    default: false,
    description: "Write over files in a folder that is not empty; .env is kept",
  },
  "dry-run": { type: "boolean", default: false, description: "Say what would be written, and write nothing" },
  interactive: { type: "boolean", default: true, description: "Ask in a terminal", negativeDescription: "Never ask" },
  json: { type: "boolean", default: false, description: "Print one JSON object, ask nothing" },
  help: { type: "boolean", alias: "h", default: false, description: "Show this" },
  version: { type: "boolean", alias: "v", default: false, description: "Show the version" },
} satisfies ArgsDef;

const examples: Record<string, string> = { template: "edge", providers: "openai,ollama", pm: "pnpm" };

/** Reads the command line. Throws `SLUICE_CREATE_*` for anything that it does not understand. */
export function readCommand(args: string[]): Wishes {
  const parsed = parseArgs<typeof flags>(args, flags) as Record<string, unknown>;
  const said = parsed["_"] as string[];
  rejectUnknownFlags(Object.keys(parsed), args);
  if (said[1] !== undefined) throw errors.TOO_MANY_ARGUMENTS(said[1]);

  return {
    directory: said[0],
    template: choice("template", templateOf),
    providers: choice("providers", providersOf),
    packageManager: choice("pm", managerOf),
    install: toggle("install"),
    git: toggle("git"),
    start: toggle("start"),
    yes: toggle("yes") ?? false,
    overwrite: toggle("overwrite") ?? false,
    dryRun: toggle("dry-run") ?? false,
    interactive: toggle("interactive") ?? true,
    json: toggle("json") ?? false,
    help: toggle("help") ?? false,
    version: toggle("version") ?? false,
  };

  function choice<T>(name: string, read: (value: string) => T): T | undefined {
    const value = parsed[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value.trim() === "")
      throw errors.FLAG_NEEDS_VALUE(`--${name}`, examples[name] ?? "");
    return read(value);
  }
  function toggle(name: string): boolean | undefined {
    // The parser reads `--install=no` as a yes.
    if (args.some((arg) => arg.startsWith(`--${name}=`))) throw errors.FLAG_TAKES_NO_VALUE(`--${name}`);
    return parsed[name] as boolean | undefined;
  }
}

/** What `--help` prints. */
export async function usage(version: string): Promise<string> {
  const meta = { name: "create-gateway", version, description: "Makes a new AI gateway from a template, offline." };
  return renderUsage({ meta, args: flags } as CommandDef);
}

function rejectUnknownFlags(names: string[], args: string[]): void {
  // The parser takes the name of the folder's place for a flag and then forgets its value.
  if (args.some((arg) => /^--(no-)?dir(=|$)/.test(arg))) throw errors.UNKNOWN_FLAG("--dir");
  const known = new Set(["_", "t", "y", "h", "v", "dryRun", ...Object.keys(flags)]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw errors.UNKNOWN_FLAG(`${unknown.length === 1 ? "-" : "--"}${unknown}`);
}

function templateOf(id: string): TemplateChoice {
  const template = findTemplate(id);
  if (template) return template;
  throw errors.UNKNOWN_CHOICE(
    "--template",
    id,
    templateChoices.map((known) => known.id),
  );
}

function providersOf(text: string): string[] {
  const ids = text.split(",").map((id) => id.trim().toLowerCase());
  const unknown = ids.find((id) => !providerIds.includes(id));
  if (unknown !== undefined) throw errors.UNKNOWN_CHOICE("--providers", unknown, providerIds);
  return [...new Set(ids)];
}

function managerOf(name: string): PackageManager {
  const manager = packageManagers.find((known) => known === name);
  if (manager) return manager;
  throw errors.UNKNOWN_CHOICE("--pm", name, packageManagers);
}
