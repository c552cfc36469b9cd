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
import { after, isLater } from "./soon.ts";
import type { Soon } from "./soon.ts";

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

/** What a `request` stage makes of the request where it does not answer it. */
export type Change = Exclude<RequestVerdict, { answer: Answer }>;

/** Sets a plugin's view of the context: `report` and `log` speak in its name. */
export type ContextFor<Context> = (plugin: Plugin) => Context;

/**
 * The plugins' stages, picked once at start so that a stage nobody uses costs nothing.
 *
 * A verdict (a coded error) passes, as does the failure of an attempt; any other throw means that the plugin broke. Its `onError`
 * decides then, but not where nothing is left to decide: what breaks in `settle` is reported, and a stream that breaks ends as an error.
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
  admit(exchange: Admitting): Soon<undefined> {
    return inTurn(this.#admit, (plugin) => {
      const ctx = exchange.view(plugin);
      const guarded: unknown = this.#guard(plugin, "admit", ctx.id, () => plugin.definition.admit(ctx));
      return after(guarded, (added): undefined => {
        if (added !== undefined) exchange.admit(plugin, added);
      });
    });
  }

  /** The first answer wins; changes accumulate through `change`. */
  request(view: ContextFor<RequestContext>, change: (verdict: Change) => void): Soon<Answer | undefined> {
    return inTurn(this.#request, (plugin) => {
      const ctx = view(plugin);
      const guarded = this.#guard(plugin, "request", ctx.id, () =>
        after<Verdict, Verdict>(plugin.definition.request(ctx), assertVerdict),
      );
      return after(guarded, (verdict): Answer | undefined => {
        if (!verdict) return undefined;
        if ("answer" in verdict) return verdict.answer;
        change(verdict);
        return undefined;
      });
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

  settle(view: ContextFor<AdmitContext>, outcome: Outcome): Soon<undefined> {
    return inTurn(this.#settle, (plugin): Soon<undefined> => {
      const ctx = view(plugin);
      const broke = (error: unknown): undefined => {
        this.#report(plugin.id, "settle", error, ctx.id);
      };
      try {
        const settled = this.#inTime(plugin, "settle", () => plugin.definition.settle(ctx, outcome));
        return isLater(settled) ? settled.then(nothing, broke) : undefined;
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
      let hasReturned = false;
      // A plugin need not wait for what it began, and nobody else may be listening.
      const letFail = () => void inner?.catch(() => {});
      const next = () => {
        letFail();
        inner = enter(index + 1);
        if (hasReturned) letFail();
        return inner;
      };
      const broke = (error: unknown): Promise<Answer> => {
        this.#decide(plugin, stage, ctx.id, error);
        // The plugin broke and fails open: what lies inside it decides, called at most once more than it did itself.
        return inner ?? enter(index + 1);
      };
      try {
        const answer = call(plugin, ctx, next);
        hasReturned = true;
        // What comes from inside as it was needs no second look.
        if (inner !== null && answer === inner) return inner;
        letFail();
        return Promise.resolve(answer).then(assertAnswer).catch(broke);
      } catch (error) {
        hasReturned = true;
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
  #guard<T>(plugin: Plugin, stage: StageName, requestId: string, run: () => Soon<T>): Soon<T | undefined> {
    const broke = (error: unknown): undefined => this.#decide(plugin, stage, requestId, error);
    try {
      const result = this.#inTime(plugin, stage, run);
      return isLater(result) ? result.then(undefined, broke) : result;
    } catch (error) {
      return broke(error);
    }
  }

  /** A stage that answers at once costs no timer. */
  #inTime<T>(plugin: Plugin, stage: StageName, run: () => Soon<T>): Soon<T> {
    const result = run();
    if (!isLater(result)) return result;
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

/** The first result of the plugins, each in its turn after the one before it; at once as long as none waits. */
function inTurn<P, R>(plugins: readonly P[], step: (plugin: P) => Soon<R | undefined>, from = 0): Soon<R | undefined> {
  for (let at = from; at < plugins.length; at++) {
    const result = step(plugins[at] as P);
    if (isLater(result)) return result.then((late) => (late === undefined ? inTurn(plugins, step, at + 1) : late));
    if (result !== undefined) return result;
  }
  return undefined;
}

const nothing = (): undefined => undefined;

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
