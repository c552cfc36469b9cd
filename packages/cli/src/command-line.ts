import { nearest } from "@sluice/core";
import { defineCommand, renderUsage, runCommand, type ArgsDef, type CommandDef } from "citty";
import { stripAnsi } from "consola/utils";
import { assertArguments } from "./arguments.ts";
import { errors, exitCodeOf, exitCodes } from "./errors.ts";
import { wantsColor } from "./paint.ts";
import { createTerminal } from "./terminal.ts";
import { version } from "./version.ts";

const commands = {
  dev: () => import("./commands/dev.ts").then(({ dev }) => dev),
  start: () => import("./commands/start.ts").then(({ start }) => start),
  build: () => import("./commands/build.ts").then(({ build }) => build),
  preview: () => import("./commands/preview.ts").then(({ preview }) => preview),
  check: () => import("./commands/check.ts").then(({ check }) => check),
  inspect: () => import("./commands/inspect.ts").then(({ inspect }) => inspect),
  models: () => import("./commands/models.ts").then(({ models }) => models),
  chat: () => import("./commands/chat.ts").then(({ chat }) => chat),
};

/** Runs one command line and gives its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help")
      return await help(name === undefined);
    if (name === "--version" || name === "-v") {
      process.stdout.write(`${version}\n`);
      return exitCodes.ok;
    }
    return await run(name, rest);
  } catch (thrown) {
    const error = isArgumentError(thrown)
      ? errors.CLI_ARGUMENT(`sluice ${name}`, trimmed(thrown.message), `See \`sluice ${name} --help\`.`)
      : thrown;
    await createTerminal({ json: argv.includes("--json"), verbose: argv.includes("--verbose") }).thrown(error);
    return exitCodeOf(error);
  }
}

async function run(name: string, rawArgs: string[]): Promise<number> {
  if (!Object.hasOwn(commands, name)) throw errors.CLI_UNKNOWN_COMMAND(name, nearest(name, Object.keys(commands)));
  const command = (await commands[name as keyof typeof commands]()) as CommandDef;
  assertArguments(name, rawArgs, (command.args ?? {}) as ArgsDef);
  if (rawArgs.includes("--help") || rawArgs.includes("-h")) return usage(command, root);
  const { result } = await runCommand(command, { rawArgs });
  return typeof result === "number" ? result : exitCodes.ok;
}

const root: CommandDef = defineCommand({
  meta: { name: "sluice", version, description: "AI gateways from one config file" },
  subCommands: commands,
});

async function help(isMistake: boolean): Promise<number> {
  await usage(root);
  return isMistake ? exitCodes.usage : exitCodes.ok;
}

async function usage(command: CommandDef, parent?: CommandDef): Promise<number> {
  const text = await renderUsage(command, parent);
  process.stdout.write(`${wantsColor(process.env, process.stdout.isTTY === true) ? text : stripAnsi(text)}\n`);
  return exitCodes.ok;
}

/** citty throws its own errors for values that it cannot take. */
function isArgumentError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === "CLIError";
}

function trimmed(message: string): string {
  return stripAnsi(message).replace(/\.$/, "");
}
