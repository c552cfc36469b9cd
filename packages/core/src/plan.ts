import type { Target } from "./channel.ts";
import type { FailureKind } from "./failure.ts";
import { isObject } from "./json.ts";
import type { SkippedTarget } from "./receipt.ts";

/** The ordered targets and the policy for one request. Plain data: a plan can be explained without calling anything. */
export interface Plan<Settings = unknown> {
  readonly targets: readonly Target<Settings>[];
  readonly policy: Policy;
  /** Why this order, one sentence per decision. */
  readonly why: readonly string[];
  /** Targets that were left out, with the reason. */
  readonly skipped: readonly SkippedTarget[];
}

/** How far the attempt loop may go. Times in milliseconds. */
export interface Policy {
  /** Calls to upstreams, of whatever kind. @default 3 */
  attempts: number;
  /** Dial, TLS included. @default 3000 */
  connectMs: number;
  /** Request sent → response headers, for a stream; a unary call has only the total. @default 30000 */
  firstByteMs: number;
  /** Response headers → first content event. @default 60000 */
  firstTokenMs: number;
  /** Event → next event; pings count. @default 30000 */
  idleMs: number;
  /** A unary body must bring 1 KiB in this time. @default 30000 */
  bodyMs: number;
  /** The whole request. @default 600000 */
  totalMs: number;
  /** The longest wait before a repeat at the same target. @default 5000 */
  maxWaitMs: number;
  /** What follows when the upstream may have done the work unseen. @default "fallback" */
  onUnknown: "fallback" | "fail";
  /** Which refusals of an upstream still allow the next target. @default all three */
  fallbackOn: readonly FailureKind[];
}

export const defaultPolicy: Policy = {
  attempts: 3,
  connectMs: 3_000,
  firstByteMs: 30_000,
  firstTokenMs: 60_000,
  idleMs: 30_000,
  bodyMs: 30_000,
  totalMs: 600_000,
  maxWaitMs: 5_000,
  onUnknown: "fallback",
  fallbackOn: ["context_length", "model_not_found", "content_policy"],
};

/** Whether what a plugin returned is a plan. */
export function isPlan(value: unknown): value is Plan {
  if (!isObject(value)) return false;
  const { targets, policy, why, skipped } = value;
  return isObject(policy) && [targets, why, skipped].every(Array.isArray) && (targets as unknown[]).every(isTarget);
}

function isTarget(value: unknown): boolean {
  return isObject(value) && typeof value["id"] === "string" && isObject(value["channel"]);
}

/** What the gateway has measured of a target. `null` is not yet measured. */
export interface TargetHealth {
  inFlight: number;
  /** Exponentially weighted, of the last dozens of attempts. */
  ttftMs: number | null;
  /** 0…1, exponentially weighted. Refusals of the request and aborts do not count. */
  success: number | null;
  attempts: number;
}

/** The measured state of the world, for routing. The same plan, context and world give the same plan. */
export interface World {
  health(target: string): Readonly<TargetHealth>;
  /** Uniform in [0, 1), drawn once per request, so that weighted choices can be replayed. */
  draw: number;
}
