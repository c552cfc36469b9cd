import { budgets, verdict } from "./budgets.ts";
import { sharesCores } from "./cores.ts";
import { areas } from "./areas.ts";
import { profiled, profiledSubjects } from "./figures/areas.ts";
import { growing } from "./figures/growth.ts";
import { crews } from "./figures/workers.ts";
import type { Sheet, Spread } from "./sheet.ts";
import { notBuilt } from "./subjects.ts";
import type { Subject } from "./subjects.ts";
import { table } from "./table.ts";
import { workloads } from "./workloads.ts";

/** One figure of the main table: which it is, and how its values are written. */
interface Column {
  title: string;
  figure: string;
  digits: number;
}

const columns: readonly Column[] = [
  ...workloads.map(({ name, title }) => ({ title, figure: `cpu/${name}`, digits: 0 })),
  { title: "per event, burst", figure: "event/burst", digits: 2 },
  { title: "per event, 1,000 streams × 20/s", figure: "event/paced", digits: 1 },
  { title: "1 KB chat at 1,000/s", figure: "cpu@1000", digits: 0 },
  { title: "p50 at 300/s, ms", figure: "p50@300", digits: 2 },
  { title: "p99 at 300/s, ms", figure: "p99@300", digits: 2 },
  { title: "KB per open stream", figure: "stream-rss", digits: 0 },
  { title: "event delay p99, ms", figure: "jitter-p99", digits: 1 },
  { title: "cold start, ms", figure: "cold-start", digits: 0 },
  { title: "KB held for each of 200 stalled readers", figure: "stalled-held", digits: 0 },
  { title: "peak of these, MB", figure: "stalled-rss", digits: 0 },
];

const marked = "—";

/** The run as a page: budgets first, then every figure, then what to know about it. */
export function render(sheet: Sheet, subjects: readonly Subject[], machine: string): string {
  const shown = columns.filter(({ figure }) => sheet.figures.includes(figure));
  const parts = [
    section("Budgets", budgetTable(sheet)),
    section("CPU, latency and memory (medians; CPU in µs a request)", figureTable(sheet, subjects, shown)),
    section("Ratios to the floor (median, least to most of the rounds)", ratioTable(sheet, subjects, shown)),
    section("Where the time of a request goes (µs of CPU)", areaTables(sheet)),
    section("Most requests a second on one core", throughputTable(sheet, subjects)),
    section("Growth of A (CPU in µs a request, 1 KB chat)", growthTable(sheet)),
    section("More than one core (streams translated for Gemini)", workersTable(sheet)),
    section("Cost of the upstream beside the floor's (µs a request)", upstreamTable(sheet)),
    section("Not measured", missing(sheet, subjects)),
  ];
  return [`# Results\n\n${machine}`, ...parts.filter(Boolean)].join("\n\n") + "\n";
}

function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

function budgetTable(sheet: Sheet): string {
  const rows = budgets.flatMap((budget) => {
    const spread = budget.read(sheet);
    if (spread === null) return [];
    const figure = `${number(spread.median, 2)} (${number(spread.low, 2)}–${number(spread.high, 2)}) ${budget.unit}`;
    const bound = `${budget.atLeast ? "≥" : "≤"} ${number(budget.limit, 2)}`;
    return [
      [budget.title, bound, budget.stretch === null ? "" : number(budget.stretch, 2), figure, verdict(budget, spread)],
    ];
  });
  return rows.length === 0 ? "" : table(["figure", "budget", "stretch", "measured", "verdict"], rows);
}

function figureTable(sheet: Sheet, subjects: readonly Subject[], shown: readonly Column[]): string {
  return perSubject(subjects, shown, ({ name }, { figure, digits }) =>
    sheet.markOf(figure, name) ? marked : median(sheet.value(figure, name), digits),
  );
}

function ratioTable(sheet: Sheet, subjects: readonly Subject[], shown: readonly Column[]): string {
  return perSubject(subjects, shown, ({ name }, { figure }) => range(sheet.ratio(figure, name, "floor")));
}

function throughputTable(sheet: Sheet, subjects: readonly Subject[]): string {
  const shown = workloads
    .map(({ name, title }) => ({ title, figure: `throughput/${name}`, digits: 0 }))
    .filter(({ figure }) => sheet.figures.includes(figure));
  // A subject that was not saturated could have done more.
  return perSubject(subjects, shown, ({ name }, { figure, digits }) => {
    const value = median(sheet.value(figure, name), digits);
    return sheet.markOf(figure, name) && value !== "" ? `> ${value}` : value;
  });
}

/** By area, in the order of `areas`: what the floor needs too, then what is the gateway's. */
function areaTables(sheet: Sheet): string {
  const rows = profiled.flatMap((workload) =>
    profiledSubjects.map((subject) => [
      `${workload}, ${subject}`,
      ...areas.map((area) => median(sheet.value(`area/${workload}/${area}`, subject), 0)),
    ]),
  );
  const shown = rows.filter((row) => row.slice(1).some(Boolean));
  return shown.length === 0 ? "" : `${table(["workload, subject", ...areas], shown)}\n\n${howProfiled}`;
}

const howProfiled = `Shares of a sampled profile of each (V8's, every 200 µs), of the CPU time measured without one. "Engine" is V8 itself: promises, maps,
parsing of JSON, compilation.`;

function perSubject(
  subjects: readonly Subject[],
  shown: readonly Column[],
  cell: (subject: Subject, column: Column) => string,
): string {
  if (shown.length === 0) return "";
  const rows = subjects.map((subject) => [subject.title, ...shown.map((column) => cell(subject, column))]);
  return table(
    ["subject", ...shown.map(({ title }) => title)],
    rows.filter((row) => row.slice(1).some(Boolean)),
  );
}

function growthTable(sheet: Sheet): string {
  if (!sheet.figures.includes("growth")) return "";
  const rows = growing.flatMap(({ title, variants }) => {
    const first = variants[0]?.name ?? "";
    return variants.map(({ name }) => [
      `${title}: ${name.split("-")[1]}`,
      median(sheet.value("growth", name), 1),
      range(sheet.ratio("growth", name, first)),
    ]);
  });
  return table(["config", "CPU", "× the first"], rows);
}

function workersTable(sheet: Sheet): string {
  if (!sheet.figures.includes("workers")) return "";
  const rows = crews.map(({ name, title }) => [
    title,
    median(sheet.value("workers", name), 0),
    range(sheet.ratio("workers", name, "workers-1")),
    median(sheet.value("workers-cpu", name), 1),
    range(sheet.ratio("workers-cpu", name, "workers-1")),
    median(sheet.value("workers-busy", name), 2),
  ]);
  const figures = table(["processes", "requests a second", "× one", "CPU, µs a request", "× one", "cores used"], rows);
  return sharesCores ? `${figures}\n\n${shared}` : figures;
}

const shared = `The generator and the upstream run on one of the two cores that the workers have: the throughput of two is what is left of
both cores for them, and the ratio is below what two free cores would give. What sharing itself costs is in the CPU of a request, with
the leader's in it.`;

function upstreamTable(sheet: Sheet): string {
  const rows = workloads
    .filter(({ name }) => sheet.figures.includes(`upstream/${name}`))
    .map(({ name, title }) => [
      title,
      median(sheet.value(`upstream/${name}`, "floor"), 0),
      median(sheet.value(`cpu/${name}`, "floor"), 0),
    ]);
  return rows.length === 0 ? "" : table(["workload", "upstream", "floor"], rows);
}

function missing(sheet: Sheet, subjects: readonly Subject[]): string {
  const ran = new Set(subjects.map(({ name }) => name));
  const lines = [
    ...notBuilt.map(({ title, why }) => `- ${title}: ${why}.`),
    ...sheet.marks.filter((mark) => !mark.startsWith("throughput/")).map((mark) => `- ${mark}.`),
    ...sheet.marks.filter((mark) => mark.startsWith("throughput/")).map((mark) => `- ${mark}.`),
  ];
  if (!ran.has("portkey")) lines.push("- Portkey gateway: it could not be installed, or was not asked for.");
  return lines.join("\n");
}

function median(spread: Spread | null, digits: number): string {
  return spread === null ? "" : number(spread.median, digits);
}

function range(spread: Spread | null): string {
  if (spread === null) return "";
  return `${number(spread.median, 2)} (${number(spread.low, 2)}–${number(spread.high, 2)})`;
}

function number(value: number, digits: number): string {
  return value.toFixed(digits);
}
