import { defineErrors, type ErrorFactories, type ErrorDescription } from "@sluice/core";

type Describe<Arguments extends unknown[]> = (...args: Arguments) => ErrorDescription;

interface CliErrors {
  CLI_UNKNOWN_COMMAND: Describe<[command: string, guess: string | null]>;
  CLI_UNKNOWN_FLAG: Describe<[flag: string, command: string, guess: string | null]>;
  CLI_ARGUMENT: Describe<[argument: string, problem: string, hint: string]>;
  CLI_PORT_BUSY: Describe<[port: number, host: string]>;
  CLI_WORKERS_FAILED: Describe<[reason: string]>;
  CLI_FOREIGN_HOST: Describe<[host: string]>;
  CLI_NEEDS_NODE: Describe<[]>;
  CLI_NO_RUNTIME: Describe<[runtime: string, preset: string]>;
  CLI_NOT_BUILT: Describe<[folder: string, preset: string]>;
  CLI_UNREACHABLE: Describe<[url: string]>;
  CLI_ANSWER: Describe<[status: number, message: string, hint: string]>;
  CONFIG_NOT_FOUND: Describe<[name: string, folder: string]>;
  CONFIG_NOT_A_GATEWAY: Describe<[file: string]>;
  CONFIG_SYNTAX: Describe<[problem: string]>;
  CONFIG_MISSING_MODULE: Describe<[specifier: string]>;
  CONFIG_THREW: Describe<[file: string, message: string]>;
  BUILD_FAILED: Describe<[problem: string]>;
  BUILD_UNRESOLVED: Describe<[preset: string, imports: readonly string[]]>;
}

/** Verdicts of the command line. The first three are usage errors and end with exit code 2. */
export const errors: ErrorFactories<{ [Code in keyof CliErrors]: CliErrors[Code] }> = defineErrors("SLUICE", {
  CLI_UNKNOWN_COMMAND: (command, guess) => ({
    status: 400,
    message: `There is no command "${command}".`,
    hint: `${guess === null ? "" : `Did you mean "${guess}"? `}\`sluice --help\` lists every command.`,
  }),
  CLI_UNKNOWN_FLAG: (flag, command, guess) => ({
    status: 400,
    message: `sluice ${command} does not take ${flag}.`,
    hint: `${guess === null ? "" : `Did you mean ${guess}? `}\`sluice ${command} --help\` lists every flag.`,
  }),
  CLI_ARGUMENT: (argument, problem, hint) => ({ status: 400, message: `${argument}: ${problem}.`, hint }),
  CLI_PORT_BUSY: (port, host) => ({
    status: 500,
    message: `Port ${port} on ${host} is taken.`,
    hint: "Stop the other process, or choose a free port with --port.",
  }),
  CLI_WORKERS_FAILED: (reason) => ({
    status: 500,
    message: reason,
    hint: "What the worker said is above. Start with one worker to see the error alone.",
  }),
  CLI_FOREIGN_HOST: (host) => ({
    status: 403,
    message: `This development server does not answer to the name "${host}".`,
    hint: `Call it as localhost, or start it with --allow-host ${host}.`,
  }),
  CLI_NEEDS_NODE: () => ({
    status: 500,
    message: "This runtime has no module hooks, and without them no config can be read.",
    hint: "Run the command with Node 22.19 or later. What `sluice build` writes runs on its own runtime.",
  }),
  CLI_NO_RUNTIME: (runtime, preset) => ({
    status: 500,
    message: `The ${preset} output runs on ${runtime}, which was not found.`,
    hint: `Install it: npm install -D ${runtime}`,
  }),
  CLI_NOT_BUILT: (folder, preset) => ({
    status: 500,
    message: `There is no ${preset} output in ${folder}.`,
    hint: `Build it first: sluice build --preset ${preset}`,
  }),
  CLI_UNREACHABLE: (url) => ({
    status: 500,
    message: `No gateway answers at ${url}.`,
    hint: "Start one with `sluice dev`, or leave --url out to use the config in process.",
  }),
  CLI_ANSWER: (status, message, hint) => ({ status, message, hint }),
  CONFIG_NOT_FOUND: (name, folder) => ({
    status: 500,
    message: `There is no ${name} in ${folder}.`,
    hint: "Start a project with `npm create gateway`, or name the file with --config and the folder with --cwd.",
  }),
  CONFIG_NOT_A_GATEWAY: (file) => ({
    status: 500,
    message: `${file} does not export a gateway.`,
    hint: 'Write `export default defineGateway({ … })`, with defineGateway from "@sluice/core".',
  }),
  CONFIG_SYNTAX: (problem) => ({ status: 500, message: problem, hint: "Correct the file and save it." }),
  CONFIG_MISSING_MODULE: (specifier) => ({
    status: 500,
    message: `"${specifier}" cannot be found.`,
    hint: /^[./#]/.test(specifier)
      ? "Check the path; it is read from the file that imports it."
      : `Install it: npm install ${specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/")}`,
  }),
  CONFIG_THREW: (file, message) => ({
    status: 500,
    message,
    hint: `It was thrown while ${file} was evaluated. --verbose shows the stack.`,
  }),
  BUILD_FAILED: (problem) => ({ status: 500, message: problem, hint: "Correct it and build again." }),
  BUILD_UNRESOLVED: (preset, imports) => ({
    status: 500,
    message: `The ${preset} bundle imports ${imports.join(", ")}, which this runtime does not have.`,
    hint: "Use a package that runs there, or build for a runtime that has it: --preset node, bun or deno.",
  }),
});

const usageCodes: ReadonlySet<string> = new Set([
  "SLUICE_CLI_UNKNOWN_COMMAND",
  "SLUICE_CLI_UNKNOWN_FLAG",
  "SLUICE_CLI_ARGUMENT",
]);

/** 0 ok · 1 failed · 2 usage · 3 warnings with `--strict`. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, warnings: 3 } as const;

export function exitCodeOf(thrown: unknown): number {
  const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? String(thrown.code) : "";
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failed;
}
