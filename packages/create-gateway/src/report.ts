import { binaryCommand, scriptCommand, type PackageManager } from "./package-manager.ts";
import type { ProjectPlan } from "./plan.ts";
import type { ProjectFile } from "./project.ts";

/** What was done, as `--json` prints it. */
export interface Report {
  ok: true;
  dry_run: boolean;
  directory: string;
  name: string;
  template: string;
  providers: string[];
  package_manager: PackageManager;
  files: string[];
  /** Files that were there and were left as they are. */
  kept: string[];
  /** Variables whose keys were copied into `.env`. */
  stored_keys: string[];
  git: boolean;
  installed: boolean;
  notes: string[];
  /** The commands that come next, in order. */
  next: string[];
}

/** What happened beyond the plan. */
export interface Done {
  kept: string[];
  git: boolean;
  installed: boolean;
  dryRun: boolean;
  /** The command that writes what this one would. */
  again: string;
  notes: string[];
}

export function reportOf(plan: ProjectPlan, files: readonly ProjectFile[], done: Done): Report {
  return {
    ok: true,
    dry_run: done.dryRun,
    directory: plan.directory,
    name: plan.name,
    template: plan.template.id,
    providers: plan.template.providers ? ["mock", ...plan.providers.map(({ id }) => id)] : [],
    package_manager: plan.packageManager,
    files: files.map(({ path }) => path),
    kept: done.kept,
    stored_keys: plan.storedKeys,
    git: done.git,
    installed: done.installed,
    notes: done.notes,
    next: done.dryRun ? [done.again] : nextCommands(plan, done.installed),
  };
}

/** `cd my-gateway`, `npm install`, `npm run dev`, without the steps already taken. */
export function nextCommands(plan: ProjectPlan, installed: boolean): string[] {
  const commands = [scriptCommand(plan.packageManager, plan.template.first)];
  if (!installed) commands.unshift(`${plan.packageManager} install`);
  if (plan.folder !== "") commands.unshift(`cd ${/^[\w./~-]+$/.test(plan.folder) ? plan.folder : `"${plan.folder}"`}`);
  return commands;
}

/** The report for people and for agents: plain text, and the last line is the next command. */
export function reportText(report: Report, seconds: number): string {
  const verb = report.dry_run ? "Would write" : "Wrote";
  const providers = report.providers.length > 0 ? `, providers ${report.providers.join(", ")}` : "";
  return [
    `${verb} ${report.files.length} files to ${report.directory} (${report.template} template${providers})`,
    ...report.files.map((path) => `  ${path}${remarkOn(path, report)}`),
    ...report.notes.map((note) => `Note: ${note}`),
    ...(report.dry_run
      ? ["Nothing was written. To write it:"]
      : [`Done in ${seconds.toFixed(1)} s.`, ...hintsFor(report)]),
    "",
    report.next.join(" && "),
  ].join("\n");
}

function remarkOn(path: string, report: Report): string {
  if (report.kept.includes(path)) return "  kept as it was";
  if (path === ".env") return ["  a generated secret", ...report.stored_keys].join(", ") + "; not in git";
  if (path === "AGENTS.md") return "  for coding agents";
  return "";
}

function hintsFor({ package_manager: manager, providers }: Report): string[] {
  if (providers.length === 0) return [];
  return [
    "",
    `  Try it, no key needed:   ${binaryCommand(manager, "sluice")} chat mock/lorem "hello"`,
    `  Point your app here:     http://localhost:4000/v1, and ask for the model "default"`,
  ];
}
