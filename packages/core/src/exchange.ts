import type { Body } from "./body.ts";
import type { CallerCredential, RequestContext } from "./context.ts";
import type { Currency } from "./currency.ts";
import { endingOf, Lifetime } from "./deadline.ts";
import type { AnyDialect, ClientCall, ClientDialect, Dialect } from "./dialect.ts";
import type { GatewayError } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { TakenExtras } from "./extras-reader.ts";
import type { Incoming } from "./incoming.ts";
import type { ResolvedModel } from "./models.ts";
import type { FormPart } from "./multipart.ts";
import type { ModelRequest } from "./operation.ts";
import type { ClientSurface } from "./operation-dialect.ts";
import type { Outcome, Plugin } from "./plugin.ts";
import { PluginView, visible } from "./plugin-view.ts";
import type { Ports } from "./ports.ts";
import { RequestRecord } from "./record.ts";
import type { Receipt } from "./receipt.ts";
import { after } from "./soon.ts";
import type { Soon } from "./soon.ts";
import type { Stages } from "./stages.ts";

/** A dialect that clients speak, of whatever operation. */
export type Speaker = AnyDialect & { client: ClientSurface };

/** One request from its first byte to its settlement: the state that the steps of the pipeline share. */
export class Exchange {
  readonly id: string;
  readonly incoming: Incoming;
  readonly call: ClientCall;
  readonly speaker: Speaker;
  readonly record: RequestRecord;
  readonly life: Lifetime;
  readonly ports: Ports;
  readonly operation: string;
  readonly credential: CallerCredential | null;
  body: Body | null = null;
  /** The parts of a request that is a form. */
  form: readonly FormPart[] | null = null;
  taken: TakenExtras | null = null;
  request: ModelRequest | null = null;
  /** What the asked name stands for, once it is known. */
  model: ResolvedModel | null = null;
  /** Whether a stage has changed the request, which closes the byte path towards the upstream. */
  patched = false;
  /** Among the requests in flight. */
  seat = -1;
  /** Whether its end was told to hooks. */
  told = false;
  readonly #unfollow: () => void;
  readonly #stages: Stages;
  #admitted: Record<string, unknown> | null = null;
  #views: Map<Plugin, PluginView> | null = null;
  #visible: ReadonlyMap<string, string> | null = null;
  #settled = false;

  constructor(init: {
    id: string;
    call: ClientCall;
    dialect: Speaker;
    operation: string;
    credential: CallerCredential | null;
    ports: Ports;
    stages: Stages;
    incoming: Incoming;
    currency: Currency | null;
  }) {
    this.id = init.id;
    this.call = init.call;
    this.speaker = init.dialect;
    this.ports = init.ports;
    this.incoming = init.incoming;
    this.record = new RequestRecord(init.id, init.dialect.id, init.ports.clock, init.currency);
    this.life = new Lifetime(init.ports, null);
    this.#stages = init.stages;
    this.operation = init.operation;
    this.credential = init.credential;
    this.#unfollow = init.incoming.onGone(() => this.abandon());
  }

  /** The same, where the operation is chat. */
  get dialect(): Dialect & { client: ClientDialect } {
    return this.speaker as Dialect & { client: ClientDialect };
  }

  /** Whether the answer is out, or the request has failed and is settled. */
  get settled(): boolean {
    return this.#settled;
  }

  decoded(request: ModelRequest): void {
    const providerOptions = this.taken?.extras.provider_options;
    this.request = providerOptions ? { ...request, origin: { ...request.origin, providerOptions } } : request;
  }

  /** A plugin's own view, with what `admit` stages have returned so far. */
  view = (plugin: Plugin): RequestContext => {
    this.#views ??= new Map();
    let view = this.#views.get(plugin);
    if (view === undefined) this.#views.set(plugin, (view = new PluginView(this, plugin.id)));
    return this.#admitted === null ? view : Object.assign(view, this.#admitted);
  };

  /** Notes what a plugin's `admit` stage returned: `ctx.<id>` for those after it. */
  admit(plugin: Plugin, added: unknown): void {
    this.#admitted ??= {};
    this.#admitted[plugin.id] = added;
  }

  /** Without credentials and cookies. */
  get visibleHeaders(): ReadonlyMap<string, string> {
    return (this.#visible ??= visible(this.call.headers));
  }

  /** Settles exactly once and returns the receipt, at once where no stage waits. Later calls return the receipt alone. */
  settle(result: Outcome["result"], error: GatewayError | null): Soon<Receipt> {
    if (this.#settled) return this.record.toReceipt();
    this.#settled = true;
    this.record.error = error;
    if (this.request?.operation === "chat") this.record.estimate(this.request);
    if (!this.#stages.hasSettle) return this.#end();
    const settled = this.#stages.settle(this.view, { result, receipt: this.record.toReceipt() });
    return after(settled, () => this.#end());
  }

  #end(): Receipt {
    this.life.end();
    this.#unfollow();
    // Settling may have reported; what goes out is what was written down last.
    return this.record.toReceipt();
  }

  /**
   * The work's result. Once the request is ended, the work has the grace to end by itself; then it is left behind, because
   * a plugin that hangs must hold neither the client nor the request. Throws the verdict on the request then.
   */
  inTime<T>(graceMs: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const callOff = this.life.onOverdue(graceMs, () => reject(endingOf(this.life.reason)));
      void work.then(resolve, reject).finally(callOff);
    });
  }

  /** The client has left. Some runtimes say so after a complete answer too: then there is nothing left to abandon. */
  abandon(): void {
    if (this.#settled) return;
    this.life.abort(new AttemptError({ class: "abort", message: "the client left" }));
  }
}
