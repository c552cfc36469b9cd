import { errors } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { AttemptError } from "./failure.ts";
import type { Disposer, Plugin, PluginHost } from "./plugin.ts";
import type { Ports } from "./ports.ts";
import { Seats } from "./seats.ts";

/** How long answers that were told to end may take to say so. */
const farewellMs = 1_000;

/** A gateway's start, readiness, requests in flight, and way out. */
export class Life {
  /** Settles when every plugin is set up. */
  ready: Promise<void> = Promise.resolve();
  closing = false;
  #isReady = false;
  #failed: unknown = null;
  readonly #ports: Ports;
  readonly #disposers: Disposer[] = [];
  readonly #exchanges = new Seats<Exchange>();
  #onIdle: (() => void) | null = null;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Whether requests should be sent here. */
  get isReady(): boolean {
    return this.#isReady && !this.closing;
  }

  /** Requests that are being answered. */
  get active(): number {
    return this.#exchanges.count;
  }

  start(plugins: readonly Plugin[], host: PluginHost): void {
    const hasSetup = plugins.some((plugin) => plugin.definition.setup);
    this.#isReady = !hasSetup;
    if (!hasSetup) return;
    this.ready = this.#setUp(plugins, host);
    this.ready.catch((error: unknown) => {
      this.#failed = error;
      this.#ports.logger.error("a plugin could not be set up", { error: String(error) });
    });
  }

  async #setUp(plugins: readonly Plugin[], host: PluginHost): Promise<void> {
    for (const plugin of plugins) {
      const disposer = await plugin.definition.setup?.(host);
      if (disposer) this.#disposers.unshift(disposer);
    }
    this.#isReady = true;
  }

  /** Throws `SLUICE_GATEWAY_CLOSING`; a promise only while plugins are being set up, rejecting with `SLUICE_INTERNAL` when they fail. */
  enter(exchange: Exchange): void | Promise<void> {
    if (this.closing) throw errors.GATEWAY_CLOSING();
    this.#exchanges.take(exchange);
    if (!this.#isReady) return this.#whenReady(exchange);
  }

  async #whenReady(exchange: Exchange): Promise<void> {
    const ready = this.ready.catch(() => {});
    await exchange.inTime(0, ready);
    if (this.#failed) throw errors.INTERNAL().because(this.#failed);
  }

  leave(exchange: Exchange): void {
    this.#exchanges.leave(exchange);
    if (this.#exchanges.count === 0) this.#onIdle?.();
  }

  /** Answers in flight get the grace time, then end with an in-band error. Disposers run in reverse order of set-up. */
  async close(graceMs: number): Promise<void> {
    this.closing = true;
    await this.#idleWithin(graceMs);
    const cause = errors.GATEWAY_CLOSING();
    for (const { life } of this.#exchanges)
      life.abort(new AttemptError({ class: "local", message: cause.message, cause }));
    await this.#idleWithin(farewellMs);
    await this.#atMost(
      farewellMs,
      this.ready.catch(() => {}),
    );
    for (const dispose of this.#disposers) await this.#dispose(dispose);
  }

  /** One that throws or hangs must not keep the others from closing. */
  async #dispose(dispose: Disposer): Promise<void> {
    try {
      await this.#atMost(farewellMs, Promise.resolve(dispose()));
    } catch (error) {
      this.#ports.logger.error("a plugin could not be closed", { error: String(error) });
    }
  }

  /** Waits for the work, but no longer than that. */
  #atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.timers.set(milliseconds, resolve);
      void work.then(() => resolve(), reject).finally(cancel);
    });
  }

  #idleWithin(milliseconds: number): Promise<void> {
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#ports.timers.set(milliseconds, resolve);
      this.#onIdle = () => {
        cancel();
        resolve();
      };
    });
  }
}
