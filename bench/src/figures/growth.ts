import { judge, requestOf } from "../bench.ts";
import type { Bench } from "../bench.ts";
import { saturate } from "../load/saturation.ts";
import { passThrough, startSubject } from "../subjects.ts";
import type { Subject } from "../subjects.ts";
import { warmUpSeconds } from "./saturated.ts";
import { workload } from "../workloads.ts";

const sizes = [1, 100, 1000];

/** Variants of A that have more of something. Each is compared with the first of its kind. */
export const growing: readonly { title: string; variants: readonly Subject[] }[] = [
  {
    title: "channels of the asked model",
    variants: sizes.map((size) => variant(`channels-${size}`, "chat", { BENCH_CHANNELS: size })),
  },
  {
    title: "channels beside the asked model's three",
    variants: sizes.map((size) => variant(`others-${size}`, "few", { BENCH_CHANNELS: size })),
  },
  {
    title: "models in the config",
    variants: sizes.map((size) => variant(`models-${size}`, "chat", { BENCH_MODELS: size })),
  },
  {
    title: "plugins that do nothing",
    variants: [0, 10].map((size) => variant(`plugins-${size}`, "chat", { BENCH_PLUGINS: size })),
  },
];

/** CPU per request as the config grows. */
export async function measureGrowth(bench: Bench): Promise<void> {
  if (!bench.wants("growth")) return;
  for (const { variants } of growing) for (const subject of variants) await measure(bench, subject);
}

async function measure(bench: Bench, subject: Subject): Promise<void> {
  const { sheet, round, seconds, report, upstream } = bench;
  const chat = workload("chat-1k");
  const running = await startSubject(subject, upstream);
  const load = {
    port: running.port,
    request: requestOf(bench, subject, chat),
    check: chat.check,
    connections: chat.connections,
  };
  await saturate({ ...load, seconds: warmUpSeconds });
  const before = running.usage().cpuMicros;
  const { tally } = await saturate({ ...load, seconds });
  const cpuMicros = (running.usage().cpuMicros - before) / tally.answered;
  await running.stop();
  if (judge(bench, "growth", subject, tally))
    sheet.add({ figure: "growth", subject: subject.name, round, value: cpuMicros });
  report(`    ${subject.name}: ${cpuMicros.toFixed(1)} µs CPU`);
}

function variant(name: string, model: string, env: Record<string, number>): Subject {
  const text = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)]));
  return { ...passThrough, name, title: name, model, env: text };
}
