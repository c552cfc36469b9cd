import type { GatewayDefinition } from "@sluice/core";
import { leadCrew } from "./_crew.ts";
import { takeSeat } from "./_seat.ts";
import { addressOf, serveOn, type Serve } from "./_serve.ts";
import { workersOf } from "./_worker-count.ts";

/** Serves a built gateway in this process, or in as many workers as SLUICE_WORKERS says. */
export async function serveWithWorkers(serve: Serve, definition: GatewayDefinition): Promise<void> {
  const seat = takeSeat();
  const size = workersOf(process.env["SLUICE_WORKERS"]);
  if (size === null) throw new Error('SLUICE_WORKERS: write a whole number from 1 to 1024, or "auto".');
  if (seat || size === 1) return serveOn(serve, definition, seat);
  const say = (event: string, text: string) => (event === "ready" ? console.log(text) : console.error(text));
  process.exit(await leadCrew({ size, ...addressOf(process.env), say }));
}
