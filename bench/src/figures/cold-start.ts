import { requestOf } from "../bench.ts";
import type { Bench } from "../bench.ts";
import { Connection } from "../load/connection.ts";
import type { Answer } from "../load/connection.ts";
import { launch } from "../running.ts";
import { startOptions } from "../subjects.ts";
import type { Subject } from "../subjects.ts";
import { workload } from "../workloads.ts";

const startsPerRound = 3;
const patienceMs = 20_000;

/** From the start of the process to its first answer of status 200. */
export async function measureColdStart(bench: Bench): Promise<void> {
  if (!bench.wants("cold-start")) return;
  const able = bench.subjects.filter(({ workloads }) => workloads === undefined);
  for (let count = 0; count < startsPerRound; count++) {
    for (const subject of able) {
      const milliseconds = await firstAnswer(bench, subject);
      if (milliseconds === null) bench.sheet.mark("cold-start", subject.name, "it did not answer");
      else
        bench.sheet.add({
          figure: "cold-start",
          subject: subject.name,
          round: bench.round * startsPerRound + count,
          value: milliseconds,
        });
      bench.report(`    ${subject.name}: ${milliseconds?.toFixed(0) ?? "no answer"} ms`);
    }
  }
}

async function firstAnswer(bench: Bench, subject: Subject): Promise<number | null> {
  const request = requestOf(bench, subject, workload("chat-1k"));
  const started = performance.now();
  const running = await launch(startOptions(subject, bench.upstream));
  const connection = new Connection(running.port);
  try {
    while (performance.now() - started < patienceMs) {
      const { status } = await new Promise<Answer>((resolve) => connection.ask(request, {}, resolve));
      if (status === 200) return performance.now() - started;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return null;
  } finally {
    connection.close();
    await running.stop();
  }
}
