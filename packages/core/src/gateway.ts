import type { Hookable } from "hookable";
import { answerNode, answerWith, hostPorts } from "#host";
import { openChannels } from "./channels.ts";
import { assertPlugins, resolveSettings } from "./config.ts";
import type { CheckedChannels, GatewayConfig } from "./config.ts";
import { dialectsOf, Endpoints } from "./endpoints.ts";
import { ExtrasReader } from "./extras-reader.ts";
import type { GatewayError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayHooks, RequestDone } from "./hooks.ts";
import type { Incoming } from "./incoming.ts";
import { inspect } from "./inspect.ts";
import type { Inspection } from "./inspection.ts";
import { Life } from "./life.ts";
import { isObject } from "./json.ts";
import { Models } from "./models.ts";
import { Observers } from "./observers.ts";
import { ordered } from "./plugin-order.ts";
import type { Runtime } from "./pipeline.ts";
import type { Plugin } from "./plugin.ts";
import type { Ports } from "./ports.ts";
import type { PriceChange } from "./price-source.ts";
import { Prices } from "./prices.ts";
import type { ChannelSpec } from "./provider.ts";
import type { Receipt } from "./receipt.ts";
import type { Schemas } from "./schema.ts";
import { Stages } from "./stages.ts";
import { Measurements } from "./world.ts";

/** What a config file exports: the config, and an app that opens itself at the first request. */
export interface GatewayDefinition<Plugins extends readonly Plugin[] = readonly Plugin[]> {
  readonly config: GatewayConfig;
  /** Answers one request. `env` are the bindings of an edge runtime; elsewhere the process environment is read. */
  fetch(request: Request, env?: unknown): Promise<Response>;
  close(): Promise<void>;
  readonly "~plugins"?: Plugins;
}

/** A gateway that is open, and must be closed. */
export interface Gateway {
  fetch(request: Request): Promise<Response>;
  /**
   * As `fetch`, for `node:http`: `createServer(gateway.handle)`. No web objects are made, which is what makes it fast. Null on
   * runtimes that are not Node.
   */
  readonly handle: ((request: object, response: object) => Promise<void>) | null;
  readonly hooks: Hookable<GatewayHooks>;
  inspect(): Inspection;
  /** Asks every price source for news, which takes or stages them. What it changed or would change. */
  refreshPrices(): Promise<PriceChange[]>;
  /** Settles when every plugin is set up; rejects when one cannot be. Requests wait for it. */
  readonly ready: Promise<void>;
  /** Requests that are being answered. */
  readonly active: number;
  /** Takes no more requests, waits for those being answered, then closes plugins and transports. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/**
 * Makes a gateway from its config. Nothing is opened, and nothing is validated beyond types, until the first request or
 * `createGateway`.
 *
 * @example export default defineGateway({ providers: [mock()], models: { default: "mock/echo" } });
 */
export function defineGateway<
  const Plugins extends readonly Plugin[] = readonly [],
  const Channels extends readonly ChannelSpec[] = [],
>(
  config: GatewayConfig<Plugins, Channels> & { providers: CheckedChannels<Channels, Plugins> },
): GatewayDefinition<Plugins> {
  const plain = config as unknown as GatewayConfig;
  let opened: Gateway | null = null;
  return {
    config: plain,
    fetch(request, env) {
      opened ??= createGateway(plain, isObject(env) ? { env: { ...hostPorts().env, ...textsOf(env) } } : {});
      return opened.fetch(request);
    },
    async close() {
      await opened?.close();
      opened = null;
    },
  };
}

// What hosts pass as a second argument differs: bindings on an edge, the server or the peer's address elsewhere. A binding
// without text hides the variable of its name: workerd writes one that is not set into `process.env` as "null".
function textsOf(env: object): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
  );
}

/**
 * Opens a gateway: validates the config as a whole, finds keys, orders plugins, starts their set-up.
 *
 * Throws `SLUICE_CONFIG_*` when anything is wrong; a missing provider key is not, its channel is just not ready.
 */
export function createGateway(definition: GatewayConfig | GatewayDefinition, given: Partial<Ports> = {}): Gateway {
  const config = "config" in definition ? definition.config : definition;
  const settings = resolveSettings(config);
  const plugins = ordered(config.plugins ?? []);
  assertPlugins(plugins);
  const ports: Ports = { ...hostPorts(), ...given };
  const claims = claimsOf(plugins);
  const specs = [...config.providers, ...plugins.flatMap((plugin) => [...plugin.definition.providers])];
  const channels = openChannels(specs, claims.channel, ports);
  const prices = new Prices(config.prices ?? {});
  const models = new Models(config.models ?? {}, channels, claims.model, prices);
  const observers = new Observers(plugins, ports.logger);
  const life = new Life(ports);
  const runtime: Runtime = {
    settings,
    ports,
    channels,
    models,
    extras: new ExtrasReader(claims.extras, settings),
    stages: new Stages(plugins, ports, settings.timeouts.stageMs, observers.pluginFailed),
    measurements: new Measurements(),
    onAttempt: (requestId, attempt) => observers.emit("attempt:done", { requestId, attempt }),
    onDone: (exchange, status, receipt, error) => {
      if (exchange.told) return;
      exchange.told = true;
      life.leave(exchange);
      observers.emit("request:done", doneEvent(exchange, status, receipt, error));
    },
  };
  const endpoints = new Endpoints({ runtime, plugins, dialects: dialectsOf(specs), emit: observers.emit, life });
  let closed: Promise<void> | null = null;
  const answer = (incoming: Incoming) => endpoints.answer(incoming);
  const resolved = () => inspect({ plugins, channels, models, endpoints });
  life.start(plugins, { ports, inspect: resolved, addPrices: (source) => prices.add(source) });

  return {
    hooks: observers.hooks,
    inspect: resolved,
    ready: life.ready,
    get active() {
      return life.active;
    },
    refreshPrices: () => prices.refresh(),
    fetch: (request) => answerWith(request, answer),
    handle: answerNode?.(answer) ?? null,
    close(options) {
      closed ??= close(options?.graceMs ?? 30_000);
      return closed;
    },
  };

  async function close(graceMs: number): Promise<void> {
    await life.close(graceMs);
    observers.emit("gateway:close");
    const transports = new Set([ports.transport, ...channels.map(({ transport }) => transport)]);
    await Promise.all([...transports].map((transport) => transport.close()));
  }
}

function doneEvent(exchange: Exchange, status: number, receipt: Receipt, error: GatewayError | null): RequestDone {
  return {
    requestId: exchange.id,
    method: exchange.call.method,
    path: exchange.call.path,
    dialect: exchange.speaker.id,
    operation: exchange.operation,
    status,
    receipt: exchange.request ? receipt : null,
    totalMs: receipt.total_ms,
    error: error && { code: error.code, message: error.message, hint: error.hint },
  };
}

function claimsOf(plugins: readonly Plugin[]): { extras: Schemas; model: Schemas; channel: Schemas } {
  const merged = (kind: "extras" | "model" | "channel"): Schemas =>
    Object.assign({}, ...plugins.map((plugin) => plugin.definition[kind])) as Schemas;
  return { extras: merged("extras"), model: merged("model"), channel: merged("channel") };
}
