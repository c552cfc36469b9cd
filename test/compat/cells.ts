import { test } from "vitest";
import type { Running } from "./running.ts";

/** One place in the public table: what a client of a dialect gets of a provider at an endpoint. */
export interface Place {
  /** The page: an endpoint, e.g. `chat`. */
  endpoint: string;
  /** What belongs together on the page, e.g. `Thinking`. */
  group: string;
  /** Who asks: a vendor's library or a framework. */
  client: string;
  /** Who answers: a provider, and its dialect where it has several. */
  provider: string;
  feature: string;
}

/** What a check found. It is carried by the test's `meta` to `table.ts`, which alone decides about marks. */
export interface Finding extends Place {
  /** Null while the check has not passed: it fails, or was never run. */
  outcome: "kept" | "lossy" | "refused" | null;
  /** What was lost or refused, in the words of the receipts: `dropped_parameter seed`. */
  reasons: string[];
}

/**
 * A test whose result is a cell of the table. Nobody writes the mark: what passes is green, unless the receipts of its
 * calls report a loss; and a call that the gateway refuses with a 400 which says that it cannot be carried is red.
 */
export function check(place: Place, running: () => Running, body: () => Promise<void>): void {
  const finding: Finding = { ...place, outcome: null, reasons: [] };
  test(`${place.feature}`, async ({ task }) => {
    Object.assign(task.meta, { finding });
    const before = running().sent.length;
    const refusal = await body().then(
      () => null,
      (error: unknown) => refusalBehind(error, running()),
    );
    const reasons = refusal === null ? await running().losses(before) : [refusal];
    const outcome = refusal !== null ? "refused" : reasons.length > 0 ? "lossy" : "kept";
    Object.assign(task.meta, { finding: { ...finding, outcome, reasons } });
  });
}

/** The finding of a test, if it has one. */
export function findingIn(meta: object): Finding | null {
  return (meta as { finding?: Finding }).finding ?? null;
}

const refusals = new Set(["SLUICE_REQUEST_UNSUPPORTED", "SLUICE_ROUTE_NO_CAPABLE_TARGET"]);

/** The gateway's own words if it refused the call as one that cannot be carried. Any other error is thrown again. */
async function refusalBehind(error: unknown, running: Running): Promise<string> {
  const isExpectation = error instanceof Error && error.name === "AssertionError";
  const sent = running.sent.at(-1);
  if (isExpectation || sent?.status !== 400) throw error;
  const { code, message } = refusalIn(await sent.body);
  if (!refusals.has(code)) throw error;
  return message;
}

function refusalIn(body: string): { code: string; message: string } {
  const { error, sluice } = JSON.parse(body) as { error?: { message?: string }; sluice?: { code?: string } };
  return { code: sluice?.code ?? "", message: error?.message ?? "" };
}
