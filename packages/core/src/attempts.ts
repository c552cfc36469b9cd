import type { Answer } from "./answer.ts";
import type { Target } from "./channel.ts";
import type { AttemptContext } from "./context.ts";
import { endingOf, type Lifetime } from "./deadline.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Plan, Policy } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { AttemptRecord } from "./receipt.ts";
import type { RequestRecord } from "./record.ts";
import type { CallNotes } from "./upstream-call.ts";
import { reasonOf, scrub, verdictOf } from "./verdict.ts";
import type { Measurements } from "./world.ts";

/** What the attempt loop needs of one request. */
export interface Walk {
  plan: Plan;
  record: RequestRecord;
  measurements: Measurements;
  ports: Ports;
  /** Aborts when the client leaves or the deadline passes; its reason is an `AttemptError`. */
  life: Lifetime;
  /** Monotonic time at which the whole request must be answered. */
  deadline: number;
  /** One call, with the `attempt` stages around it. `open` is called when something is about to be sent. */
  call: (attempt: AttemptContext, open: (dialect: string) => CallNotes) => Promise<Answer>;
  onAttempt: (attempt: AttemptRecord) => void;
  /** False where the upstream makes something that must not exist twice. @default true */
  repeatable?: boolean;
}

/** What the loop does after a failure. */
type Move = { to: "next" } | { to: "again"; waitMs: number } | { to: "give-up" };

/**
 * Walks the plan: one deadline, one budget of attempts, fallback by error class, up to the commit point.
 *
 * Returns the first committed answer. Throws the verdict of the last failure when nothing is left.
 */
export async function runPlan(walk: Walk): Promise<Answer> {
  const { plan, record } = walk;
  const failed = new Set<string>();
  let last: GatewayError | null = null;
  let index = 0;
  let tries = 0;
  while (index < plan.targets.length && record.attempts.length < plan.policy.attempts) {
    const target = plan.targets[index] as Target;
    const obstacle = obstacleTo(walk, target, failed);
    if (obstacle !== null) {
      record.skipped.push({ target: target.id, reason: obstacle });
      index++;
      tries = 0;
      continue;
    }
    const made = record.attempts.length;
    let notes: CallNotes | null = null;
    const open = (dialect: string) => (notes = openCall(walk, target, dialect, failed.has(target.channel.origin)));
    try {
      const answer = await walk.call(new Attempt(made + 1, target, walk.life), open);
      noteAnswer(record, target, answer, notes);
      return answer;
    } catch (thrown) {
      if (isGatewayError(thrown)) {
        // After a call: what must not exist twice may exist now.
        if (walk.repeatable === false && record.attempts.length > made) throw thrown;
        // A stage refused or broke, before its call or after it, or the target cannot take the request.
        record.skipped.push({ target: target.id, reason: thrown.message });
        last ??= thrown;
        index++;
        tries = 0;
        continue;
      }
      if (!(thrown instanceof AttemptError)) throw thrown;
      const { failure } = thrown;
      last = verdictOf(failure, target, plan.targets.length === 1);
      failed.add(target.channel.origin);
      tries++;
      const move = nextMove(walk, failure, { target, hasNext: index + 1 < plan.targets.length, tries });
      if (move.to === "give-up") break;
      if (move.to === "again") await wait(walk, move.waitMs);
      if (move.to === "next") {
        index++;
        tries = 0;
      }
    }
  }
  if (walk.life.aborted) throw endingOf(walk.life.reason);
  throw last ?? errors.ROUTE_NO_TARGET(record.requestedModel, reasons(record));
}

function obstacleTo(walk: Walk, target: Target, failed: ReadonlySet<string>): string | null {
  const left = walk.deadline - walk.ports.clock.monotonic();
  const { ttftMs } = walk.measurements.health(target.id);
  if (left <= 0) return "the deadline has passed";
  if (ttftMs !== null && left < ttftMs && walk.record.attempts.length > 0)
    return `the deadline is nearer than its usual ${Math.round(ttftMs)} ms`;
  const origin = target.channel.origin;
  if (failed.has(origin) && !walk.measurements.mayRepeat(origin)) return "its upstream has no room for repeats";
  return null;
}

function noteAnswer(record: RequestRecord, target: Target, { source }: Answer, notes: CallNotes | null): void {
  if (source !== "upstream" || notes === null) return;
  record.answeredBy(target, notes.dialect);
  for (const warning of notes.warnings) record.warn(warning);
}

/**
 * What `attempt` stages see. A class: an accessor in an object literal gives every object a shape of its own, which lives in
 * old memory and keeps the closure, and with it the whole request, until the next full collection.
 */
class Attempt implements AttemptContext {
  readonly number: number;
  readonly target: Target;
  readonly #life: Lifetime;

  constructor(number: number, target: Target, life: Lifetime) {
    this.number = number;
    this.target = target;
    this.#life = life;
  }

  get channel(): Target["channel"] {
    return this.target.channel;
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }
}

/** Opens the entry of one call. A stage that calls `next` again makes another call, and another entry. */
function openCall(walk: Walk, target: Target, dialect: string, repeat: boolean): CallNotes {
  const { record, ports, measurements } = walk;
  const entry = openEntry(ports.id("att"), target, record.elapsedMs);
  record.attempts.push(entry);
  const end = measurements.begin(target.id, target.channel.origin, repeat);
  let ended = false;
  const notes: CallNotes = {
    dialect,
    status: null,
    upstreamRequestId: null,
    ttftMs: null,
    warnings: [],
    onEnd(failure) {
      if (ended) return;
      ended = true;
      end(failure?.class ?? "ok", notes.ttftMs);
      finish(entry, failure, notes, target, record.elapsedMs - entry.started_ms);
      walk.onAttempt(entry);
    },
  };
  return notes;
}

function openEntry(id: string, target: Target, startedMs: number): AttemptRecord {
  return {
    id,
    target: target.id,
    channel: target.channel.id,
    provider: target.channel.provider.id,
    model: target.model,
    outcome: "ok",
    reason: null,
    status: null,
    message: null,
    started_ms: startedMs,
    ms: 0,
    ttft_ms: null,
    upstream_request_id: null,
    usage: null,
    usage_source: null,
    price: null,
    cost_nano_usd: null,
  };
}

function finish(entry: AttemptRecord, failure: Failure | null, notes: CallNotes, target: Target, ms: number): void {
  entry.ms = ms;
  entry.status = notes.status ?? failure?.status ?? null;
  entry.ttft_ms = notes.ttftMs;
  entry.upstream_request_id = notes.upstreamRequestId === null ? null : scrub(notes.upstreamRequestId, target, 256);
  if (!failure) return;
  entry.outcome = failure.class;
  entry.reason = reasonOf(failure, target);
  entry.message = scrub(failure.message, target);
}

/** The table of error classes: whether the next target is asked, the same one again, or nobody. */
function nextMove(walk: Walk, failure: Failure, at: { target: Target; hasNext: boolean; tries: number }): Move {
  const { policy } = walk.plan;
  if (walk.life.aborted || !mayMoveOn(failure, policy)) return { to: "give-up" };
  if (walk.repeatable === false && !isWithoutTrace(failure)) return { to: "give-up" };
  if (at.hasNext) return { to: "next" };
  const waitMs = waitBefore(walk, failure, at.tries);
  if (waitMs === null || waitMs > policy.maxWaitMs) return { to: "give-up" };
  const left = walk.deadline - walk.ports.clock.monotonic();
  if (waitMs >= left || !walk.measurements.mayRepeat(at.target.channel.origin)) return { to: "give-up" };
  return { to: "again", waitMs };
}

function mayMoveOn(failure: Failure, policy: Policy): boolean {
  if (failure.class === "abort" || failure.class === "local" || failure.class === "truncated") return false;
  if (failure.class === "invalid") return failure.kind !== undefined && policy.fallbackOn.includes(failure.kind);
  return failure.class !== "unknown" || policy.onUnknown === "fallback";
}

/** Whether it is certain that the upstream has begun nothing: it was not reached, or it said no in so many words. */
export function isWithoutTrace({ class: kind, begun }: Failure): boolean {
  if (begun) return false;
  return kind === "connect" || kind === "rate" || kind === "credential" || kind === "invalid";
}

/** How long to wait before the same target is asked again, or null when it must not be. */
function waitBefore(walk: Walk, failure: Failure, tries: number): number | null {
  const repeats = { rate: Infinity, overloaded: Infinity, server: 1 }[failure.class as string] ?? 0;
  if (tries > repeats) return null;
  // Never earlier than the upstream asks, up to 20 % later; else full jitter over a doubling interval.
  if (failure.retryAfterMs !== undefined) return failure.retryAfterMs * (1 + 0.2 * walk.ports.random());
  return walk.ports.random() * 100 * 2 ** tries;
}

function wait(walk: Walk, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = walk.ports.timers.set(milliseconds, () => {
      stop();
      resolve();
    });
    const stop = walk.life.onAbort(() => {
      cancel();
      resolve();
    });
  });
}

function reasons(record: RequestRecord): string[] {
  return record.skipped.length === 0
    ? ["the plan has no target"]
    : record.skipped.map(({ target, reason }) => `${target} ${reason}`);
}
