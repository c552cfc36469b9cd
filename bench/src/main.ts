import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import { takeGeneratorCore } from "./cores.ts";
import { measureAreas } from "./figures/areas.ts";
import { measureColdStart } from "./figures/cold-start.ts";
import { measureGrowth } from "./figures/growth.ts";
import { measureLatency } from "./figures/latency.ts";
import { measureOpenStreams } from "./figures/open-streams.ts";
import { measureSaturated } from "./figures/saturated.ts";
import { measureStalledReaders } from "./figures/stalled-readers.ts";
import { measureWorkers } from "./figures/workers.ts";
import { describeMachine, describeRun } from "./machine.ts";
import { prepare } from "./preparation.ts";
import { profile } from "./profile.ts";
import { render } from "./results.ts";
import { stopAll } from "./running.ts";
import { Sheet } from "./sheet.ts";
import { soak } from "./soak.ts";
import { isInstalled, startUpstream, subjects } from "./subjects.ts";
import type { Subject } from "./subjects.ts";
import { workload, workloads } from "./workloads.ts";

const help = `npm run bench -- [options]

  --quick               one short round
  --rounds <n>          interleaved rounds (3)
  --seconds <n>         length of one measurement (4)
  --only <a,b>          of: ${[...workloads.map(({ name }) => name), "areas", "latency", "streams", "stalled", "cold-start", "workers", "growth"].join(", ")}
  --subjects <a,b>      of: ${subjects.map(({ name }) => name).join(", ")}
  --growth              growth with channels, models and plugins alone
  --soak <20m>          a steady mix instead; slopes of heap, memory and handles
  --profile <workload>  where the CPU of one subject goes instead (of A, or of --subjects)
  --no-build            take what was built before`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
    subjects: { type: "string" },
    growth: { type: "boolean", default: false },
    soak: { type: "string" },
    profile: { type: "string" },
    "no-build": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const report = (text: string) => console.error(text);

// Given up from outside: what runs beside it must not go on.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));

if (flags.help) console.log(help);
else {
  try {
    await run();
  } finally {
    await stopAll();
  }
}

async function run(): Promise<void> {
  if (!flags["no-build"]) await prepare(report);
  takeGeneratorCore();
  if (flags.soak !== undefined) return soaked(minutesOf(flags.soak));
  const able = chosenSubjects();
  if (flags.profile !== undefined) {
    const subject = able.find(({ name }) => name === (flags.subjects ?? "A"));
    if (!subject) throw new Error("Name one subject to profile.");
    return console.log(await profile(subject, workload(flags.profile), seconds()));
  }
  console.log(await compare(able));
}

/** Results of a part of the benchmark must not replace those of the whole. */
function keep(page: string): void {
  const isWhole = flags.only === undefined && flags.subjects === undefined && !flags.growth && !flags.quick;
  if (isWhole) writeFileSync(join(import.meta.dirname, "../RESULTS.md"), page);
}

/** A soak that is long enough to say something is kept. */
async function soaked(minutes: number): Promise<void> {
  const page = `# Soak\n\n${await describeMachine()}\n\n${await soak(minutes, report)}\n`;
  console.log(page);
  if (minutes >= 20) writeFileSync(join(import.meta.dirname, "../SOAK.md"), page);
}

async function compare(able: readonly Subject[]): Promise<string> {
  const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
  const machine = await describeRun(rounds, seconds());
  const sheet = new Sheet();
  const wanted = flags.growth ? ["growth"] : flags.only?.split(",");
  const upstream = await startUpstream();
  for (let round = 0; round < rounds; round++) {
    report(`round ${round + 1} of ${rounds}`);
    const wants = (name: string) => wanted?.includes(name) ?? true;
    const bench: Bench = { sheet, subjects: able, seconds: seconds(), round, upstream, report, wants };
    await measureSaturated(bench);
    await measureAreas(bench);
    await measureLatency(bench);
    await measureOpenStreams(bench);
    await measureStalledReaders(bench);
    await measureColdStart(bench);
    await measureWorkers(bench);
    await measureGrowth(bench);
    // A run takes long: what it has is kept after each round.
    keep(render(sheet, able, machine));
  }
  await upstream.stop();
  return render(sheet, able, machine);
}

function seconds(): number {
  return Number(flags.seconds ?? (flags.quick ? 1 : 4));
}

function chosenSubjects(): Subject[] {
  const names = flags.subjects?.split(",");
  const unknown = names?.find((name) => !subjects.some((subject) => subject.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no subject "${unknown}". Known: ${subjects.map(({ name }) => name).join(", ")}.`);
  return subjects.filter((subject) => isInstalled(subject) && (names?.includes(subject.name) ?? true));
}

function minutesOf(text: string): number {
  const [, amount = "", unit = "m"] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  if (amount === "") throw new Error(`"${text}" is no duration. Write 20m.`);
  return Number(amount) * ({ s: 1 / 60, m: 1, h: 60 }[unit] ?? 1);
}
