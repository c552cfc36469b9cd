import { randomBytes } from "node:crypto";
import { readCommand, usage } from "./command.ts";
import { assertUsable, writeProject } from "./directory.ts";
import { CreateError } from "./errors.ts";
import { createCommand, runPackageManager, runProgram, type ProgramOptions } from "./package-manager.ts";
import { placeOf, planProject, type ProjectPlan } from "./plan.ts";
import { renderProject, type ProjectFile } from "./project.ts";
import { ask } from "./questions.ts";
import { reportOf, reportText } from "./report.ts";
import { ownVersion, type Surroundings } from "./surroundings.ts";

/** The command: reads, asks, writes, installs, starts. Resolves to the exit code. */
export async function create(args: string[], around: Surroundings): Promise<number> {
  try {
    return await run(args, around);
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    showError(error, args.includes("--json"), around);
    return error.exitCode;
  }
}

async function run(args: string[], around: Surroundings): Promise<number> {
  const wishes = readCommand(args);
  if (wishes.help) return say(await usage(ownVersion()), around);
  if (wishes.version) return say(ownVersion(), around);

  // Said before anything is asked, so that nobody answers in vain.
  if (wishes.directory !== undefined) assertUsable(placeOf(wishes.directory, around.cwd).directory, wishes.overwrite);
  const quiet = wishes.yes || wishes.json || !wishes.interactive || !around.person;
  const answers = quiet ? { wishes, storedKeys: [] } : await ask(wishes, around);
  if (answers === null) return 1;

  const plan = planProject(answers.wishes, answers.storedKeys, around);
  assertUsable(plan.directory, plan.overwrite);
  const ingredients = { version: ownVersion(), secret: randomBytes(32).toString("base64url"), env: around.env };
  const again = createCommand(
    plan.packageManager,
    args.filter((arg) => arg !== "--dry-run" && arg !== "--json"),
  );
  await build(plan, renderProject(plan, ingredients), { dryRun: wishes.dryRun, json: wishes.json, again }, around);
  return 0;
}

interface Mode {
  dryRun: boolean;
  json: boolean;
  again: string;
}

async function build(plan: ProjectPlan, files: ProjectFile[], mode: Mode, around: Surroundings): Promise<void> {
  const began = performance.now();
  const { dryRun, json, again } = mode;
  const program: ProgramOptions = { cwd: plan.directory, env: around.env, output: json ? "stderr" : "inherit" };
  const done = { dryRun, again, kept: [] as string[], git: false, installed: false, notes: notesOn(around) };

  if (!dryRun) {
    done.kept = writeProject(plan.directory, files, plan.overwrite);
    done.git = plan.git && (await startRepository(program, done.notes));
    if (plan.install) await runPackageManager(plan.packageManager, ["install"], program);
    done.installed = plan.install;
  }

  const report = reportOf(plan, files, done);
  around.out(json ? JSON.stringify(report, null, 2) : reportText(report, (performance.now() - began) / 1000));
  if (plan.start && !dryRun && plan.template.start !== null) {
    await runPackageManager(plan.packageManager, ["run", plan.template.start], program);
  }
}

/** A project without git is complete, so a failure is a note. */
async function startRepository(program: ProgramOptions, notes: string[]): Promise<boolean> {
  try {
    const missing = await runProgram("git", ["init", "--quiet"], { ...program, output: "ignore" });
    if (missing) notes.push("git is not installed here, so there is no repository yet.");
    return !missing;
  } catch (error) {
    notes.push(`${(error as Error).message} There is no repository yet.`);
    return false;
  }
}

function notesOn({ node }: Surroundings): string[] {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return [];
  return [`this is Node ${node}; the project needs 22.19 or newer.`];
}

function showError(error: CreateError, json: boolean, { out, err }: Surroundings): void {
  const { code, message, hint } = error;
  if (json) out(JSON.stringify({ ok: false, error: { code, message, hint } }, null, 2));
  else err(`✖ ${code}  ${message}\n  ${hint}`);
}

function say(text: string, { out }: Surroundings): number {
  out(text);
  return 0;
}
