import type { Body } from "./body.ts";
import type { CallerCredential, AdmitContext, RequestContext } from "./context.ts";
import { hiddenHeaders } from "./credential.ts";
import { endingOf, Lifetime } from "./deadline.ts";
import type { ClientCall, ClientDialect, Dialect } from "./dialect.ts";
import type { GatewayError } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { TakenExtras } from "./extras-reader.ts";
import type { ResolvedModel } from "./models.ts";
import type { Outcome, Plugin } from "./plugin.ts";
import type { Logger, Ports } from "./ports.ts";
import { RequestRecord } from "./record.ts";
import type { Receipt } from "./receipt.ts";
import type { ChatRequest } from "./request.ts";
import type { PluginContexts, Stages } from "./stages.ts";

/** One request from its first byte to its settlement: the state that the steps of the pipeline share. */
export class Exchange {
  readonly id: string;
  readonly call: ClientCall;
  readonly dialect: Dialect & { client: ClientDialect };
  readonly record: RequestRecord;
  readonly life: Lifetime;
  readonly ports: Ports;
  body: Body | null = null;
  taken: TakenExtras | null = null;
  request: ChatRequest | null = null;
  /** Whether a stage has changed the request, which closes the byte path towards the upstream. */
  patched = false;
  /** Whether its end was told to hooks. */
  told = false;
  // Node drops the signal of a Request that was collected, and with it the news that the client has left.
  #incoming: Request | null;
  readonly #unfollow: () => void;
  readonly #stages: Stages;
  readonly #shared: Record<string, unknown>;
  readonly #views = new Map<Plugin, AdmitContext>();
  #settled = false;

  constructor(init: {
    id: string;
    call: ClientCall;
    dialect: Dialect & { client: ClientDialect };
    operation: string;
    credential: CallerCredential | null;
    ports: Ports;
    stages: Stages;
    request: Request;
  }) {
    const { id, call, dialect, ports } = init;
    this.id = id;
    this.call = call;
    this.dialect = dialect;
    this.ports = ports;
    this.record = new RequestRecord(id, dialect.id, ports.clock);
    this.life = new Lifetime(ports, null);
    this.#stages = init.stages;
    this.#shared = {
      id,
      dialect: dialect.id,
      operation: init.operation,
      method: call.method,
      path: call.path,
      headers: new Map([...call.headers].filter(([name]) => !hiddenHeaders.has(name))),
      credential: init.credential,
      signal: this.life.signal,
      warn: (code: string, message: string, field?: string) =>
        this.record.warn({ code, message, ...(field === undefined ? {} : { field }) }),
    };
    this.#incoming = init.request;
    this.#unfollow = this.#followClient(init.request.signal);
  }

  /** The call as the runtime gave it; gone once it is settled. */
  get incoming(): Request | null {
    return this.#incoming;
  }

  /** Whether the answer is out, or the request has failed and is settled. */
  get settled(): boolean {
    return this.#settled;
  }

  /** What `admit` stages returned, by plugin id. */
  get contexts(): PluginContexts {
    return this.#shared;
  }

  decoded(request: ChatRequest): void {
    this.request = request;
    this.#shared["request"] = request;
  }

  resolved(model: ResolvedModel): void {
    this.#shared["extras"] = this.taken?.extras ?? {};
    this.#shared["model"] = { ...model.settings, name: model.name, route: model.route };
  }

  /** A plugin's own view: the shared context, with `report` and `log` in its name. */
  view = (plugin: Plugin): RequestContext => {
    const known = this.#views.get(plugin);
    if (known) return known as RequestContext;
    const view = Object.create(this.#shared, {
      report: { value: (value: unknown) => this.record.report(plugin.id, value) },
      log: { value: named(this.ports.logger, plugin.id, this.id) },
    }) as RequestContext;
    this.#views.set(plugin, view);
    return view;
  };

  /** Settles exactly once and returns the receipt. Later calls return the receipt alone. */
  async settle(result: Outcome["result"], error: GatewayError | null): Promise<Receipt> {
    if (this.#settled) return this.record.toReceipt();
    this.#settled = true;
    this.record.error = error;
    await this.#stages.settle(this.view, { result, receipt: this.record.toReceipt() });
    this.life.end();
    this.#unfollow();
    this.#incoming = null;
    // Settling may have reported; what goes out is what was written down last.
    return this.record.toReceipt();
  }

  /**
   * The work's result. Once the request is ended, the work has the grace to end by itself; then it is left behind, because
   * a plugin that hangs must hold neither the client nor the request. Throws the verdict on the request then.
   */
  inTime<T>(graceMs: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const callOff = this.life.onOverdue(graceMs, () => reject(endingOf(this.life.signal)));
      void work.then(resolve, reject).finally(callOff);
    });
  }

  abandon(): void {
    this.life.abort(new AttemptError({ class: "abort", message: "the client left" }));
  }

  #followClient(signal: AbortSignal): () => void {
    // Some runtimes also abort this signal after a complete answer: then there is nothing left to abandon.
    const onAbort = () => {
      if (!this.#settled) this.abandon();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  }
}

function named(logger: Logger, plugin: string, requestId: string): Logger {
  const fieldsFor = (fields?: Record<string, unknown>) => ({ plugin, requestId, ...fields });
  return {
    debug: (message, fields) => logger.debug(message, fieldsFor(fields)),
    info: (message, fields) => logger.info(message, fieldsFor(fields)),
    warn: (message, fields) => logger.warn(message, fieldsFor(fields)),
    error: (message, fields) => logger.error(message, fieldsFor(fields)),
  };
}
