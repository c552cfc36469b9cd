import { spawn } from "node:child_process";
import { errors } from "./errors.ts";
import type { Surroundings } from "./surroundings.ts";

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

export const packageManagers: readonly PackageManager[] = ["npm", "pnpm", "yarn", "bun"];

/** Who started this: `pnpm/12.21.0 npm/? node/v26.10.0 linux x64` is pnpm. */
export function detectPackageManager(userAgent: string | undefined): PackageManager {
  const name = userAgent?.split(/[/\s]/, 1)[0];
  return packageManagers.find((manager) => manager === name) ?? "npm";
}

/** `npm run dev`, `pnpm dev`. Without `run` only where the name is no command of the manager itself, as `yarn check` is. */
export function scriptCommand(manager: PackageManager, script: string): string {
  const short = { npm: ["test"], pnpm: ["dev", "test"], yarn: ["dev", "test"], bun: [] as string[] }[manager];
  return short.includes(script) ? `${manager} ${script}` : `${manager} run ${script}`;
}

/** `npx sluice`, `pnpm sluice`. */
export function binaryCommand(manager: PackageManager, binary: string): string {
  return { npm: `npx ${binary}`, pnpm: `pnpm ${binary}`, yarn: `yarn ${binary}`, bun: `bunx ${binary}` }[manager];
}

/** `npm create gateway my-gateway -- -t edge`: npm alone takes flags for itself without the separator. */
export function createCommand(manager: PackageManager, args: readonly string[]): string {
  const flags = args.findIndex((arg) => arg.startsWith("-"));
  const words = flags === -1 || manager !== "npm" ? args : [...args.slice(0, flags), "--", ...args.slice(flags)];
  return [manager, "create", "gateway", ...words].join(" ");
}

export interface ProgramOptions {
  cwd: string;
  env: Surroundings["env"];
  /** Where its output goes: to ours, or to our error output where standard output is JSON. */
  output: "inherit" | "stderr" | "ignore";
}

/**
 * Runs `npm install`, `pnpm run dev`, … to its end. Throws `SLUICE_CREATE_COMMAND_FAILED`.
 *
 * The package manager is started by its own name, without corepack. Where it is not on the path, as with `npx pnpm`, by the
 * file it was started from.
 */
export async function runPackageManager(
  manager: PackageManager,
  args: string[],
  options: ProgramOptions,
): Promise<void> {
  const missing = await runProgram(manager, args, options);
  if (!missing) return;
  const { npm_execpath: file, npm_config_user_agent: userAgent } = options.env;
  if (file === undefined || detectPackageManager(userAgent) !== manager) {
    throw errors.COMMAND_FAILED([manager, ...args].join(" "), "cannot start: it is not installed here");
  }
  const isScript = /\.[cm]?js$/.test(file);
  await (isScript ? runProgram(process.execPath, [file, ...args], options) : runProgram(file, args, options));
}

/** Resolves to true when there is no such program. Rejects when it fails. */
export function runProgram(program: string, args: string[], { cwd, env, output }: ProgramOptions): Promise<boolean> {
  const streams = { inherit: "inherit", stderr: ["ignore", 2, 2], ignore: "ignore" } as const;
  const command = [program, ...args].join(" ");
  // The terminal sends Ctrl+C to the child as well; it decides when to end.
  const wait = (): void => {};
  process.on("SIGINT", wait);
  return new Promise<boolean>((resolve, reject) => {
    // `npm` is `npm.cmd` on Windows, which only a shell starts. The arguments are our own words.
    const shell = process.platform === "win32" && program !== process.execPath;
    const child = spawn(program, args, { cwd, env, shell, stdio: streams[output] as "inherit" });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve(true);
      else reject(errors.COMMAND_FAILED(command, `cannot start: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGINT" || code === 130) resolve(false);
      else reject(errors.COMMAND_FAILED(command, `ended with ${code === null ? signal : `code ${code}`}`));
    });
  }).finally(() => process.off("SIGINT", wait));
}
