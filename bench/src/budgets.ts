import { sharesCores } from "./cores.ts";
import type { Sheet, Spread } from "./sheet.ts";

/** One promise of the project, and how it is read off a sheet. */
export interface Budget {
  title: string;
  /** At most this, or at least where `atLeast` says so. */
  limit: number;
  stretch: number | null;
  unit: string;
  atLeast?: boolean;
  read: (sheet: Sheet) => Spread | null;
}

/** Against another subject of the same round. */
function times(figure: string, subject: string, base = "floor"): Pick<Budget, "read" | "unit"> {
  return { unit: base === "floor" ? "× floor" : `× ${base}`, read: (sheet) => sheet.ratio(figure, subject, base) };
}

function more(figure: string, subject: string, unit: string): Pick<Budget, "read" | "unit"> {
  return { unit, read: (sheet) => sheet.difference(figure, subject, "floor") };
}

function grows(variant: string, first: string): Pick<Budget, "read" | "unit"> {
  return { unit: "× the first", read: (sheet) => growth(sheet, variant, first) };
}

function growth(sheet: Sheet, variant: string, first: string): Spread | null {
  return sheet.ratio("growth", variant, first);
}

export const budgets: readonly Budget[] = [
  { title: "A, CPU per request, 1 KB chat", limit: 1.5, stretch: 1.35, ...times("cpu/chat-1k", "A") },
  { title: "A, CPU per request, 32 KB chat", limit: 2, stretch: 1.6, ...times("cpu/chat-32k", "A") },
  { title: "A, CPU per request, 500 KB vision", limit: 1.7, stretch: 1.3, ...times("cpu/vision-500k", "A") },
  { title: "A, CPU per event of a burst", limit: 1.4, stretch: 1.25, ...times("event/burst", "A") },
  { title: "A, latency added at 300/s, p50", limit: 0.3, stretch: null, ...more("p50@300", "A", "ms") },
  { title: "A, latency added at 300/s, p99", limit: 3, stretch: null, ...more("p99@300", "A", "ms") },
  { title: "C to Anthropic, CPU per event of a burst", limit: 3, stretch: 2, ...times("event/burst", "C-anthropic") },
  { title: "C to Gemini, CPU per event of a burst", limit: 3, stretch: 2, ...times("event/burst", "C-gemini") },
  {
    title: "C to Anthropic, CPU per request, 1 KB chat",
    limit: 2.5,
    stretch: null,
    ...times("cpu/chat-1k", "C-anthropic"),
  },
  { title: "C to Gemini, CPU per request, 1 KB chat", limit: 2.5, stretch: null, ...times("cpu/chat-1k", "C-gemini") },
  {
    title: "A against Portkey, CPU per request, 1 KB chat",
    limit: 1 / 6,
    stretch: 1 / 9,
    ...times("cpu/chat-1k", "A", "portkey"),
  },
  {
    title: "A against Portkey, CPU per event of a burst",
    limit: 1 / 6,
    stretch: 1 / 9,
    ...times("event/burst", "A", "portkey"),
  },
  { title: "A, memory per open stream, 1,000 streams", limit: 1.2, stretch: null, ...times("stream-rss", "A") },
  {
    title: "A, held for each of 200 stalled readers of 50 MB streams, above the floor's",
    limit: 256,
    stretch: null,
    ...more("stalled-held", "A", "KB"),
  },
  { title: "A, cold start to the first 200", limit: 2, stretch: null, ...times("cold-start", "A") },
  {
    title: "A, jitter added, p99, 1,000 streams × 20 events/s",
    limit: 25,
    stretch: null,
    ...more("jitter-p99", "A", "ms"),
  },
  {
    title: `C to Gemini, throughput of two workers on two cores${sharesCores ? " that the generator shares" : ""}, streams`,
    limit: 1.8,
    stretch: null,
    atLeast: true,
    unit: "× one worker",
    read: (sheet) => sheet.ratio("workers", "workers-2", "workers-1"),
  },
  {
    title: "growth: 1,000 channels of the asked model",
    limit: 1.1,
    stretch: null,
    ...grows("channels-1000", "channels-1"),
  },
  {
    title: "growth: 1,000 channels beside the asked model's",
    limit: 1.1,
    stretch: null,
    ...grows("others-1000", "others-1"),
  },
  { title: "growth: 1,000 models", limit: 1.1, stretch: null, ...grows("models-1000", "models-1") },
  { title: "ten plugins that do nothing", limit: 1.05, stretch: null, ...grows("plugins-10", "plugins-0") },
];

export function verdict({ limit, stretch, atLeast = false }: Budget, { median }: Spread): "missed" | "met" | "stretch" {
  const within = (bound: number) => (atLeast ? median >= bound : median <= bound);
  if (stretch !== null && within(stretch)) return "stretch";
  return within(limit) ? "met" : "missed";
}
