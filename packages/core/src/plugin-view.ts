import type { CallerCredential, ModelContext, RequestContext } from "./context.ts";
import { hiddenHeaders } from "./credential.ts";
import type { Exchange } from "./exchange.ts";
import type { Logger } from "./ports.ts";
import type { ChatRequest } from "./request.ts";

/**
 * One plugin's view of a request: `report` and `log` speak in its name, and what `admit` stages returned stands under their
 * ids. A class for the reason told at `Attempt`.
 */
export class PluginView implements RequestContext {
  readonly id: string;
  readonly #exchange: Exchange;
  readonly #plugin: string;
  #log: Logger | null = null;

  constructor(exchange: Exchange, plugin: string) {
    this.id = exchange.id;
    this.#exchange = exchange;
    this.#plugin = plugin;
  }

  // Made when they are asked for, and free to be taken off their context: `const { report } = ctx`.
  get report(): RequestContext["report"] {
    return (value) => this.#exchange.record.report(this.#plugin, value);
  }

  get warn(): RequestContext["warn"] {
    return (code, message, field) =>
      this.#exchange.record.warn({ code, message, ...(field === undefined ? {} : { field }) });
  }

  get dialect(): string {
    return this.#exchange.dialect.id;
  }

  get operation(): string {
    return this.#exchange.operation;
  }

  get method(): string {
    return this.#exchange.call.method;
  }

  get path(): string {
    return this.#exchange.call.path;
  }

  get credential(): CallerCredential | null {
    return this.#exchange.credential;
  }

  get headers(): ReadonlyMap<string, string> {
    return this.#exchange.visibleHeaders;
  }

  get signal(): AbortSignal {
    return this.#exchange.life.signal;
  }

  get log(): Logger {
    return (this.#log ??= named(this.#exchange.ports.logger, this.#plugin, this.id));
  }

  // These are there from the `request` stage on; the types of earlier stages do not have them.
  get request(): ChatRequest {
    return this.#exchange.request as ChatRequest;
  }

  get extras(): RequestContext["extras"] {
    const { model, taken } = this.#exchange;
    return (model === null ? undefined : (taken?.extras ?? {})) as RequestContext["extras"];
  }

  get model(): ModelContext<{}> {
    const { model } = this.#exchange;
    const view = model === null ? undefined : { ...model.settings, name: model.name, route: model.route };
    return view as ModelContext<{}>;
  }
}

/** The headers of a call without credentials and cookies. */
export function visible(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => !hiddenHeaders.has(name)));
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
