import { defineCommand, type CommandDef } from "citty";
import { projectArguments } from "../arguments.ts";
import { shortPath } from "../short-path.ts";
import { exitCodes } from "../errors.ts";
import { checkChannels, checkModels, checkSecrets, ok, type Finding, type Level } from "../findings.ts";
import { withGateway, type Opened } from "../opened.ts";
import type { Paint } from "../paint.ts";
import { inspectSecrets } from "../secrets.ts";
import { createTerminal } from "../terminal.ts";

const args = {
  ...projectArguments,
  online: { type: "boolean", description: "Ask every channel whether it is there and takes the key" },
  strict: { type: "boolean", description: "Exit with 3 on warnings" },
} as const;

export const check: CommandDef<typeof args> = defineCommand({
  meta: { name: "check", description: "Check the config, keys, channels and models" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    return withGateway(args, terminal, async (opened) => {
      const findings = await findingsOf(opened, args.online === true);
      if (terminal.json) for (const finding of findings) terminal.data(finding);
      else terminal.line(formatFindings(findings, terminal.paint));
      return exitCodeFor(findings, args.strict === true);
    });
  },
});

async function findingsOf({ gateway, definition, env, project }: Opened, online: boolean): Promise<Finding[]> {
  const inspection = gateway.inspect();
  const { channels, plugins, routes } = inspection;
  const file = shortPath(project.file() ?? "gateway.config.ts", project.cwd);
  const secrets = inspectSecrets(definition, inspection, env, project.cwd, project.files());
  return [
    ok("Config", `${file} is valid: ${channels.length} channels, ${plugins.length} plugins, ${routes.length} routes.`),
    ...checkSecrets(secrets),
    ...checkChannels(channels),
    ...(online ? await (await import("../probe.ts")).probeChannels(definition, env) : []),
    ...checkModels(inspection, new Date()),
  ];
}

export function exitCodeFor(findings: readonly Finding[], strict: boolean): number {
  if (findings.some(({ level }) => level === "error")) return exitCodes.failed;
  return strict && findings.some(({ level }) => level === "warning") ? exitCodes.warnings : exitCodes.ok;
}

/** Groups in the order in which they were found; each line a mark, what was found, its code and the fix. */
export function formatFindings(findings: readonly Finding[], paint: Paint): string {
  const marks: Record<Level, string> = { ok: paint.green("✔"), warning: paint.yellow("⚠"), error: paint.red("✖") };
  const groups = Map.groupBy(findings, ({ group }) => group);
  const blocks = [...groups].map(([group, lines]) => [paint.bold(group), ...lines.flatMap(lineOf)].join("\n"));
  const warnings = findings.filter(({ level }) => level === "warning").length;
  const failures = findings.filter(({ level }) => level === "error").length;
  return `${blocks.join("\n\n")}\n\n${counted(failures, "error")}, ${counted(warnings, "warning")}`;

  function lineOf({ level, message, code, fix }: Finding): string[] {
    const line = `  ${marks[level]} ${message}${code === null ? "" : `  ${paint.dim(code)}`}`;
    return fix === null ? [line] : [line, `      ${fix}`];
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
