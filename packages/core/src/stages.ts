import { isAnswer, isAsyncIterable } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { AdmitContext, AttemptContext, RequestContext } from "./context.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { StreamEvent } from "./event.ts";
import { isObject } from "./json.ts";
import { isPlan } from "./plan.ts";
import type { Plan, World } from "./plan.ts";
import type { ErasedDefinition, Outcome, Plugin, RequestVerdict, stageNames } from "./plugin.ts";
import { AttemptError } from "./failure.ts";
import type { Ports } from "./ports.ts";

type StageName = (typeof stageNames)[number];
type Report = (plugin: string, stage: StageName | "routes", error: unknown, requestId: string) => void;

/** A plugin that has the stage `Name`. */
type Having<Name extends StageName> = Plugin & {
  definition: ErasedDefinition & Required<Pick<ErasedDefinition, Name>>;
};

/** Where `admit` stages put what they return. */
interface Admitting {
  view: ContextFor<AdmitContext>;
  admit(plugin: Plugin, added: unknown): void;
}

/** Sets a plugin's view of the context: `report` and `log` speak in its name. */
export type ContextFor<Context> = (plugin: Plugin) => Context;

/**
 * The plugins' stages, picked once at start so that a stage nobody uses costs nothing.
 *
 * A thrown verdict (a coded error) passes; any other throw means that the plugin broke, and its `onError` decides.
 */
export class Stages {
  readonly #admit: Having<"admit">[];
  readonly #request: Having<"request">[];
  readonly #route: Having<"route">[];
  readonly #respond: Having<"respond">[];
  readonly #attempt: Having<"attempt">[];
  readonly #stream: Having<"stream">[];
  readonly #settle: Having<"settle">[];
  readonly #ports: Ports;
  readonly #stageMs: number;
  readonly #report: Report;

  constructor(plugins: readonly Plugin[], ports: Ports, stageMs: number, report: Report) {
    const having = <Name extends StageName>(name: Name) =>
      plugins.filter((plugin): plugin is Having<Name> => plugin.definition[name] !== undefined);
    this.#admit = having("admit");
    this.#request = having("request");
    this.#route = having("route");
    this.#respond = having("respond");
    this.#attempt = having("attempt");
    this.#stream = having("stream");
    // The response side runs in reverse.
    this.#settle = having("settle").reverse();
    this.#ports = ports;
    this.#stageMs = stageMs;
    this.#report = report;
  }

  /** At once where no stage waits, as all of these are. */
  admit(exchange: Admitting): void | Promise<void> {
    return inTurn(this.#admit, (plugin) => {
      const ctx = exchange.view(plugin);
      const take = (added: unknown): void => {
        if (added !== undefined) exchange.admit(plugin, added);
      };
      const guarded = this.#guard(plugin, "admit", ctx.id, () => plugin.definition.admit(ctx));
      return isThenable(guarded) ? guarded.then(take) : take(guarded);
    });
  }

  /** The first answer wins, and is given to `answer`; changes accumulate through `change`. */
  request(
    view: ContextFor<RequestContext>,
    change: (verdict: RequestVerdict) => void,
    answer: (answer: Answer) => void,
  ): void | Promise<void> {
    return inTurn(this.#request, (plugin) => {
      const ctx = view(plugin);
      const guarded = this.#guard(plugin, "request", ctx.id, () => {
        const result: Verdict | Promise<Verdict> = plugin.definition.request(ctx);
        return isThenable(result) ? Promise.resolve(result).then(assertVerdict) : assertVerdict(result);
      });
      const take = (verdict: Verdict): void | typeof enough => {
        if (!verdict) return;
        if (!("answer" in verdict)) return change(verdict);
        answer(verdict.answer);
        return enough;
      };
      return isThenable(guarded) ? guarded.then(take) : take(guarded);
    });
  }

  route(plan: Plan, world: World, view: ContextFor<RequestContext>): Plan {
    let current = plan;
    for (const plugin of this.#route) {
      const ctx = view(plugin);
      try {
        const next: unknown = plugin.definition.route(current, ctx, world);
        assertReturned(isPlan(next), "no plan");
        current = next as Plan;
      } catch (error) {
        this.#decide(plugin, "route", ctx.id, error);
      }
    }
    return current;
  }

  respond(view: ContextFor<RequestContext>, innermost: () => Promise<Answer>): Promise<Answer> {
    if (this.#respond.length === 0) return innermost();
    return this.#around(this.#respond, "respond", view, innermost, (plugin, ctx, next) =>
      plugin.definition.respond(ctx, next),
    );
  }

  attempt(
    attempt: AttemptContext,
    view: ContextFor<RequestContext>,
    innermost: () => Promise<Answer>,
  ): Promise<Answer> {
    if (this.#attempt.length === 0) return innermost();
    return this.#around(this.#attempt, "attempt", view, innermost, (plugin, ctx, next) =>
      plugin.definition.attempt(ctx, attempt, next),
    );
  }

  /** The same iterable when no stage is active: that identity opens the byte path. */
  stream(events: AsyncIterable<StreamEvent>, view: ContextFor<RequestContext>): AsyncIterable<StreamEvent> {
    let current = events;
    for (const plugin of this.#stream) {
      const ctx = view(plugin);
      try {
        const next = plugin.definition.stream(current, ctx);
        assertReturned(isAsyncIterable(next), "no stream of events");
        current = next === current ? current : this.#guardStream(plugin, ctx.id, next);
      } catch (error) {
        this.#decide(plugin, "stream", ctx.id, error);
      }
    }
    return current;
  }

  get hasRoute(): boolean {
    return this.#route.length > 0;
  }

  get hasSettle(): boolean {
    return this.#settle.length > 0;
  }

  /** Whether a plugin is around answers: it may look at their content, and it may hold them up. */
  get aroundAnswers(): boolean {
    return this.#stream.length > 0 || this.#respond.length > 0 || this.#attempt.length > 0;
  }

  get hasStream(): boolean {
    return this.#stream.length > 0;
  }

  settle(view: ContextFor<AdmitContext>, outcome: Outcome): void | Promise<void> {
    return inTurn(this.#settle, (plugin) => {
      const ctx = view(plugin);
      const broke = (error: unknown): void => this.#report(plugin.id, "settle", error, ctx.id);
      try {
        const settled = this.#inTime(plugin, "settle", () => plugin.definition.settle(ctx, outcome));
        return isThenable(settled) ? settled.then(undefined, broke) : undefined;
      } catch (error) {
        return broke(error);
      }
    });
  }

  /** Runs the handler of a plugin's route. What it throws is no matter of `onError`: there is nothing to go on with. */
  async handle(plugin: Plugin, requestId: string, run: () => unknown): Promise<unknown> {
    try {
      return await run();
    } catch (error) {
      if (isCoded(error)) throw error;
      this.#report(plugin.id, "routes", error, requestId);
      throw errors.PLUGIN_FAILED(plugin.id, "routes").because(error);
    }
  }

  #around<Name extends "respond" | "attempt">(
    plugins: Having<Name>[],
    stage: Name,
    view: ContextFor<RequestContext>,
    innermost: () => Promise<Answer>,
    call: (plugin: Having<Name>, ctx: RequestContext, next: () => Promise<Answer>) => Promise<Answer>,
  ): Promise<Answer> {
    const enter = (index: number): Promise<Answer> => {
      const plugin = plugins[index];
      if (!plugin) return begun(innermost);
      const ctx = view(plugin);
      let inner: Promise<Answer> | null = null;
      let isHeard = false;
      // A plugin need not wait for what it began, and nobody else may be listening.
      const letFail = () => void inner?.catch(() => {});
      const next = () => {
        if (isHeard || inner !== null) letFail();
        inner = enter(index + 1);
        if (isHeard) letFail();
        return inner;
      };
      const broke = (error: unknown): Promise<Answer> => {
        this.#decide(plugin, stage, ctx.id, error);
        // The plugin broke and fails open: what lies inside it decides, called at most once more than it did itself.
        return inner ?? enter(index + 1);
      };
      try {
        const answer = call(plugin, ctx, next);
        isHeard = true;
        // What comes from inside as it was needs no second look.
        if (inner !== null && answer === inner) return inner;
        letFail();
        return Promise.resolve(answer).then(assertAnswer).catch(broke);
      } catch (error) {
        isHeard = true;
        letFail();
        return Promise.reject(error as Error).catch(broke);
      }
    };
    return enter(0);
  }

  async *#guardStream(
    plugin: Plugin,
    requestId: string,
    events: AsyncIterable<StreamEvent>,
  ): AsyncGenerator<StreamEvent> {
    try {
      yield* events;
    } catch (error) {
      if (isCoded(error)) throw error;
      this.#report(plugin.id, "stream", error, requestId);
      // Events were already taken from the upstream, so there is no stream to go on with: open and closed end alike.
      throw errors.PLUGIN_FAILED(plugin.id, "stream").because(error);
    }
  }

  /** What the stage returns, at once where it does; undefined where it broke and fails open. */
  #guard<T>(
    plugin: Plugin,
    stage: StageName,
    requestId: string,
    run: () => T | Promise<T>,
  ): T | undefined | Promise<T | undefined> {
    const broke = (error: unknown): undefined => this.#decide(plugin, stage, requestId, error);
    try {
      const result = this.#inTime(plugin, stage, run);
      return isThenable(result) ? result.then(undefined, broke) : result;
    } catch (error) {
      return broke(error);
    }
  }

  /** A stage that answers at once costs no timer. */
  #inTime<T>(plugin: Plugin, stage: StageName, run: () => T | Promise<T>): T | Promise<T> {
    const result = run();
    if (!isThenable(result)) return result;
    return new Promise<T>((resolve, reject) => {
      const cancel = this.#ports.timers.set(this.#stageMs, () => {
        reject(new StageTimeout(errors.PLUGIN_TIMEOUT(plugin.id, stage, this.#stageMs)));
      });
      Promise.resolve(result).then(resolve, reject).finally(cancel);
    });
  }

  /** Returns where the plugin fails open, throws otherwise. */
  #decide(plugin: Plugin, stage: StageName, requestId: string, error: unknown): undefined {
    if (isCoded(error)) throw error;
    this.#report(plugin.id, stage, error, requestId);
    if (plugin.definition.onError === "open") return undefined;
    if (error instanceof StageTimeout) throw error.verdict;
    throw errors.PLUGIN_FAILED(plugin.id, stage).because(error);
  }
}

/** What a step returns so that none follows. */
const enough = Symbol("enough");

/** Each plugin's turn after the one before it, at once as long as none waits. */
function inTurn<P>(
  plugins: readonly P[],
  step: (plugin: P) => void | typeof enough | Promise<void | typeof enough>,
  from = 0,
): void | Promise<void> {
  for (let at = from; at < plugins.length; at++) {
    const done = step(plugins[at] as P);
    if (done === enough) return;
    if (done) return done.then((last) => (last === enough ? undefined : inTurn(plugins, step, at + 1)));
  }
}

/** Plugins are told of a failure in one way: by a promise. */
function begun(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

class StageTimeout extends Error {
  readonly verdict: Error;
  constructor(verdict: Error) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

/** A coded refusal, or the failure of an attempt on its way to the attempt loop. */
function isCoded(error: unknown): boolean {
  return isGatewayError(error) || error instanceof AttemptError;
}

/** What a plugin without types returns is checked where it comes in, so that the blame finds the plugin. */
function assertReturned(fits: boolean, what: string): void {
  if (!fits) throw new TypeError(`it returned ${what}`);
}

function assertAnswer(answer: Answer): Answer {
  assertReturned(isAnswer(answer), "no answer");
  return answer;
}

type Verdict = RequestVerdict | null | undefined | void;

function assertVerdict(verdict: Verdict): Verdict {
  if (verdict) assertReturned(isVerdict(verdict), "neither an answer nor a request");
  return verdict;
}

function isVerdict(value: RequestVerdict): boolean {
  if (!isObject(value)) return false;
  return "answer" in value ? isAnswer(value.answer) : isObject(value.request);
}

function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
