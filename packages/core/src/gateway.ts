import { H3 } from "h3";
import { createHooks } from "hookable";
import type { Hookable } from "hookable";
import { hostPorts } from "#host";
import { openChannels } from "./channels.ts";
import { assertPlugins, resolveSettings } from "./config.ts";
import type { CheckedChannels, GatewayConfig } from "./config.ts";
import { dialectsOf, Endpoints } from "./endpoints.ts";
import { ExtrasReader } from "./extras-reader.ts";
import type { GatewayHooks } from "./hooks.ts";
import { inspect } from "./inspect.ts";
import type { Inspection } from "./inspection.ts";
import { Life } from "./life.ts";
import { Models } from "./models.ts";
import { ordered } from "./plugin-order.ts";
import type { Runtime } from "./pipeline.ts";
import type { Plugin } from "./plugin.ts";
import type { Ports } from "./ports.ts";
import type { ChannelSpec } from "./provider.ts";
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
  readonly hooks: Hookable<GatewayHooks>;
  inspect(): Inspection;
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
      opened ??= createGateway(plain, isBindings(env) ? { env } : {});
      return opened.fetch(request);
    },
    async close() {
      await opened?.close();
      opened = null;
    },
  };
}

function isBindings(env: unknown): env is Record<string, string | undefined> {
  return (
    typeof env === "object" && env !== null && Object.getPrototypeOf(env) !== Array.prototype && !("waitUntil" in env)
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
  const models = new Models(config.models ?? {}, channels, claims.model);
  const hooks = createHooks<GatewayHooks>();
  const reportError = (plugin: string, stage: string, error: unknown, requestId: string | null) => {
    ports.logger.error(`the plugin "${plugin}" failed in ${stage}`, { plugin, stage, requestId, error: textOf(error) });
    emit("plugin:error", { plugin, stage, error, requestId });
  };
  const emit = <Name extends keyof GatewayHooks>(name: Name, ...args: Parameters<GatewayHooks[Name]>) => {
    void callHooks(hooks, name, args, ports);
  };
  addHooks(plugins, hooks, reportError);

  const life = new Life(ports);
  const runtime: Runtime = {
    settings,
    ports,
    channels,
    models,
    extras: new ExtrasReader(claims.extras, settings.strict),
    stages: new Stages(plugins, ports, settings.timeouts.stageMs, reportError),
    measurements: new Measurements(),
    onAttempt: (requestId, attempt) => emit("attempt:done", { requestId, attempt }),
    onDone: (exchange, status, receipt, error) => {
      life.leave(exchange);
      emit("request:done", {
        requestId: exchange.id,
        method: exchange.call.method,
        path: exchange.call.path,
        dialect: exchange.dialect.id,
        status,
        receipt: exchange.request ? receipt : null,
        totalMs: receipt.total_ms,
        error: error && { code: error.code, message: error.message, hint: error.hint },
      });
    },
  };
  const endpoints = new Endpoints({ runtime, plugins, dialects: dialectsOf(specs), emit, life });
  const app = new H3({ silent: true });
  endpoints.mount(app);
  const resolved = () => inspect({ plugins, channels, models, endpoints });
  life.start(plugins, { ports, inspect: resolved });

  return {
    hooks,
    inspect: resolved,
    ready: life.ready,
    get active() {
      return life.active;
    },
    fetch: async (request) => app.fetch(request),
    async close(options) {
      await life.close(options?.graceMs ?? 30_000);
      await hooks.callHook("gateway:close");
      await Promise.all(
        [...new Set(channels.map((channel) => channel.transport))].map((transport) => transport.close()),
      );
    },
  };
}

function claimsOf(plugins: readonly Plugin[]): { extras: Schemas; model: Schemas; channel: Schemas } {
  const merged = (kind: "extras" | "model" | "channel"): Schemas =>
    Object.assign({}, ...plugins.map((plugin) => plugin.definition[kind])) as Schemas;
  return { extras: merged("extras"), model: merged("model"), channel: merged("channel") };
}

function addHooks(
  plugins: readonly Plugin[],
  hooks: Hookable<GatewayHooks>,
  report: (plugin: string, stage: string, error: unknown, requestId: null) => void,
): void {
  for (const plugin of plugins) {
    for (const [name, observe] of Object.entries(plugin.definition.hooks)) {
      // Hooks run after the fact: a throw is reported under the plugin's name and reaches nobody else.
      const isolated = async (...args: never[]) => {
        try {
          await observe(...args);
        } catch (error) {
          if (name === "plugin:error") return;
          report(plugin.id, `hook ${name}`, error, null);
        }
      };
      hooks.hook(name as keyof GatewayHooks, isolated as never);
    }
  }
}

async function callHooks(
  hooks: Hookable<GatewayHooks>,
  name: keyof GatewayHooks,
  args: unknown[],
  ports: Ports,
): Promise<void> {
  try {
    await hooks.callHookParallel(name, ...(args as never));
  } catch (error) {
    ports.logger.error(`a hook on ${name} failed`, { error: textOf(error) });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
