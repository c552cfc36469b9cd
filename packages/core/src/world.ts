import type { FailureClass } from "./failure.ts";
import type { TargetHealth, World } from "./plan.ts";

const weight = 0.1;
// Names of models come from clients: the map is bounded and forgets the target that was used least recently.
const capacity = 2_000;

const unmeasured: Readonly<TargetHealth> = { inFlight: 0, ttftMs: null, success: null, attempts: 0 };

/** Classes that say something about the target rather than about the request. */
const counted: ReadonlySet<FailureClass | "ok"> = new Set<FailureClass | "ok">([
  "ok",
  "rate",
  "overloaded",
  "server",
  "connect",
  "unknown",
  "protocol",
  "stalled",
  "truncated",
]);

interface Upstream {
  active: number;
  repeats: number;
}

/** What this gateway has measured of its targets and upstreams, kept incrementally. */
export class Measurements {
  readonly #targets = new Map<string, TargetHealth>();
  readonly #upstreams = new Map<string, Upstream>();

  world(draw: number): World {
    return { draw, health: (target) => this.health(target) };
  }

  health(target: string): Readonly<TargetHealth> {
    return this.#targets.get(target) ?? unmeasured;
  }

  /** Notes the start of an attempt; the returned function notes its end, once. */
  begin(
    target: string,
    origin: string,
    repeat: boolean,
  ): (outcome: FailureClass | "ok", ttftMs: number | null) => void {
    const health = this.#touch(target);
    const upstream = this.#upstream(origin);
    health.inFlight++;
    upstream.active++;
    if (repeat) upstream.repeats++;
    let done = false;
    return (outcome, ttftMs) => {
      if (done) return;
      done = true;
      health.inFlight--;
      upstream.active--;
      if (repeat) upstream.repeats--;
      if (!counted.has(outcome)) return;
      health.attempts++;
      health.success = blend(health.success, outcome === "ok" ? 1 : 0);
      if (ttftMs !== null) health.ttftMs = blend(health.ttftMs, ttftMs);
    };
  }

  /** Whether one more repeat fits the upstream's budget: max(3, 20 % of its active attempts). */
  mayRepeat(origin: string): boolean {
    const { active, repeats } = this.#upstreams.get(origin) ?? { active: 0, repeats: 0 };
    return repeats < Math.max(3, Math.ceil(active * 0.2));
  }

  #touch(target: string): TargetHealth {
    const found = this.#targets.get(target);
    // Order matters once something must go; until then moving every target to the end at every call is work for nobody.
    if (found && this.#targets.size < capacity) return found;
    const known = found ?? { ...unmeasured };
    this.#targets.delete(target);
    this.#targets.set(target, known);
    if (this.#targets.size > capacity) {
      const [oldest] = this.#targets.keys();
      if (oldest !== undefined) this.#targets.delete(oldest);
    }
    return known;
  }

  #upstream(origin: string): Upstream {
    const known = this.#upstreams.get(origin);
    if (known) return known;
    const opened = { active: 0, repeats: 0 };
    this.#upstreams.set(origin, opened);
    return opened;
  }
}

function blend(known: number | null, sample: number): number {
  return known === null ? sample : known + weight * (sample - known);
}
