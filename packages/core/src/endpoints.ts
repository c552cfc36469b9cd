import type { H3, H3Event } from "h3";
import { credentialOf } from "./credential.ts";
import type { CallerCredential } from "./context.ts";
import type { ClientCall, ClientDialect, ClientRoute, Dialect, Operation } from "./dialect.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import type { Life } from "./life.ts";
import type { Emit } from "./observers.ts";
import { answerChat, errorHeaders, refuse, setDeadline } from "./pipeline.ts";
import type { Runtime } from "./pipeline.ts";
import type { Plugin, RouteHandler } from "./plugin.ts";
import type { AdmitContext } from "./context.ts";
import type { ChannelSpec } from "./provider.ts";
import { baseHeaders } from "./response.ts";

type Speaker = Dialect & { client: ClientDialect };

/** One HTTP route and who answers it. */
export interface Endpoint {
  method: string;
  path: string;
  /** A dialect, a plugin, or `gateway`. */
  owner: string;
  operation: string;
}

interface PluginRoute {
  plugin: Plugin;
  handler: RouteHandler<AdmitContext>;
}

/** The dialects that the channels brought, for clients too. Two different ones with one id are refused. */
export function dialectsOf(specs: readonly ChannelSpec[]): Dialect[] {
  const known = new Map<string, Dialect>();
  for (const dialect of specs.flatMap(({ provider }) => [...provider.dialects])) {
    const other = known.get(dialect.id);
    if (other && other !== dialect) {
      throw errors.CONFIG_DUPLICATE(
        "dialects",
        dialect.id,
        "Two copies of a dialects package are installed: run `npm dedupe`.",
      );
    }
    known.set(dialect.id, dialect);
  }
  return [...known.values()];
}

/** The HTTP surface of a gateway: dialect routes, plugin routes, health, and errors in the caller's dialect. */
export class Endpoints {
  readonly list: readonly Endpoint[];
  readonly #runtime: Runtime;
  readonly #life: Life;
  readonly #emit: Emit;
  readonly #speakers: readonly Speaker[];
  readonly #dialectRoutes = new Map<string, { speaker: Speaker; route: ClientRoute }[]>();
  readonly #pluginRoutes = new Map<string, PluginRoute>();

  constructor(init: {
    runtime: Runtime;
    plugins: readonly Plugin[];
    dialects: readonly Dialect[];
    emit: Emit;
    life: Life;
  }) {
    this.#runtime = init.runtime;
    this.#life = init.life;
    this.#emit = init.emit;
    this.#speakers = init.dialects.filter((dialect): dialect is Speaker => dialect.client !== undefined);
    for (const speaker of this.#speakers) {
      for (const route of speaker.client.routes) this.#addDialectRoute(speaker, route);
    }
    for (const plugin of init.plugins) {
      for (const [key, handler] of Object.entries(plugin.definition.routes)) this.#addPluginRoute(plugin, key, handler);
    }
    this.list = [...this.#describe()];
  }

  mount(app: H3): void {
    app.get("/healthz", () => json({ status: "ok" }, 200));
    app.get("/readyz", () =>
      this.#life.isReady ? json({ status: "ready" }, 200) : json({ status: "not ready" }, 503),
    );
    for (const [key, route] of this.#pluginRoutes) {
      const [method = "GET", path = "/"] = key.split(" ", 2);
      app.on(method as "GET", path, (event) => this.#answerPlugin(event, route));
    }
    for (const [key, routes] of this.#dialectRoutes) {
      const [method = "GET", path = "/"] = key.split(" ", 2);
      app.on(method as "GET", path, (event) => this.#answerDialect(event, routes));
    }
    app.all("/**", (event) => this.#nothingHere(event));
  }

  #addDialectRoute(speaker: Speaker, route: ClientRoute): void {
    const key = `${route.method} ${route.path}`;
    const routes = this.#dialectRoutes.get(key) ?? [];
    routes.push({ speaker, route });
    // A dialect that recognises its callers is asked before the default one.
    routes.sort((a, b) => Number(a.route.claims === undefined) - Number(b.route.claims === undefined));
    this.#dialectRoutes.set(key, routes);
  }

  #addPluginRoute(plugin: Plugin, key: string, handler: RouteHandler<AdmitContext>): void {
    const where = `the plugin "${plugin.id}"`;
    if (!/^(GET|POST|PUT|PATCH|DELETE) \/\S*$/.test(key)) {
      throw errors.CONFIG_INVALID(where, `its route "${key}" is not "METHOD /path".`, 'Write "GET /v1/name".');
    }
    const owner = this.#pluginRoutes.get(key)?.plugin.id ?? (this.#dialectRoutes.has(key) ? "a dialect" : null);
    if (owner !== null)
      throw errors.CONFIG_INVALID(where, `its route "${key}" already belongs to ${owner}.`, "Choose another path.");
    this.#pluginRoutes.set(key, { plugin, handler });
  }

  *#describe(): Generator<Endpoint> {
    for (const path of ["/healthz", "/readyz"]) yield { method: "GET", path, owner: "gateway", operation: "health" };
    for (const [key, { plugin }] of this.#pluginRoutes) {
      const [method = "", path = ""] = key.split(" ", 2);
      yield { method, path, owner: plugin.id, operation: "plugin" };
    }
    for (const { speaker, route } of [...this.#dialectRoutes.values()].flat()) {
      const operation = typeof route.operation === "string" ? route.operation : "by path";
      yield { method: route.method, path: route.path, owner: speaker.id, operation };
    }
  }

  async #answerDialect(event: H3Event, routes: readonly { speaker: Speaker; route: ClientRoute }[]): Promise<Response> {
    const call = callOf(event);
    const chosen = routes.find(({ route }) => route.claims?.(call) ?? true);
    if (!chosen) return this.#nothingHere(event);
    const operation =
      typeof chosen.route.operation === "string" ? chosen.route.operation : chosen.route.operation(call);
    if (operation === null) return this.#error(chosen.speaker, call, errors.ROUTE_NOT_FOUND(call.method, call.path));
    return this.#exchange(event, call, chosen.speaker, operation, (exchange) =>
      operation === "chat" ? answerChat(this.#runtime, exchange) : this.#answerModels(exchange, call, operation),
    );
  }

  async #answerModels(exchange: Exchange, call: ClientCall, operation: Operation): Promise<Response> {
    const { client } = exchange.dialect;
    return this.#answerPlain(exchange, () => {
      const { models } = this.#runtime;
      return operation === "models"
        ? client.encodeModels(models.list(), call)
        : client.encodeModel(models.find(client.modelOf(call)), call);
    });
  }

  async #answerPlugin(event: H3Event, { plugin, handler }: PluginRoute): Promise<Response> {
    const call = callOf(event);
    const speaker = this.#speakerFor(call);
    return this.#exchange(event, call, speaker, "plugin", (exchange) =>
      this.#answerPlain(exchange, () =>
        this.#runtime.stages.handle(plugin, exchange.id, () =>
          handler(
            { request: event.req, params: { ...event.context.params }, query: call.query },
            exchange.view(plugin),
          ),
        ),
      ),
    );
  }

  /** Admits the caller, runs the handler, and settles: what every route that is no model request does. */
  async #answerPlain(exchange: Exchange, handle: () => unknown): Promise<Response> {
    const { stages, settings, onDone } = this.#runtime;
    try {
      await stages.admit(exchange.contexts, exchange.view);
      setDeadline(exchange, settings.policy);
      const result = await exchange.inTime(settings.timeouts.stageMs, Promise.resolve(handle()));
      const response = toResponse(result, exchange.id);
      exchange.record.complete = true;
      const receipt = await exchange.settle("success", null);
      onDone(exchange, response.status, receipt, null);
      return response;
    } catch (thrown) {
      return refuse(this.#runtime, exchange, thrown);
    }
  }

  async #exchange(
    event: H3Event,
    call: ClientCall,
    speaker: Speaker,
    operation: string,
    answer: (exchange: Exchange) => Promise<Response>,
  ): Promise<Response> {
    let credential: CallerCredential | null;
    try {
      credential = credentialOf(event.req.headers, call.query);
    } catch (thrown) {
      if (!isGatewayError(thrown)) throw thrown;
      return this.#error(speaker, call, thrown);
    }
    const { ports, stages } = this.#runtime;
    const id = ports.id("req");
    const exchange = new Exchange({
      id,
      call,
      dialect: speaker,
      operation,
      credential,
      ports,
      stages,
      request: event.req,
    });
    this.#emit("request:start", { requestId: id, method: call.method, path: call.path, dialect: speaker.id });
    try {
      await this.#life.enter(exchange);
    } catch (thrown) {
      return refuse(this.#runtime, exchange, thrown);
    }
    return answer(exchange);
  }

  #nothingHere(event: H3Event): Response {
    const call = callOf(event);
    const allowed = this.list.filter(({ path }) => pathMatches(path, call.path)).map(({ method }) => method);
    const error =
      allowed.length > 0 && !allowed.includes(call.method)
        ? errors.ROUTE_METHOD(call.method, call.path, [...new Set(allowed)])
        : errors.ROUTE_NOT_FOUND(call.method, call.path);
    return this.#error(this.#speakerFor(call), call, error);
  }

  /** The dialect of a path, then of the headers, else the first one. */
  #speakerFor(call: ClientCall): Speaker {
    const room = firstSegment(call.path);
    const rooms = (speaker: Speaker) => speaker.client.routes.map(({ path }) => firstSegment(path));
    const near = this.#speakers.filter((speaker) => rooms(speaker).includes(room));
    const claiming = this.#speakers.find((speaker) => speaker.client.routes.some((route) => route.claims?.(call)));
    const chosen = near.length === 1 ? near[0] : (claiming ?? this.#speakers[0]);
    if (!chosen) throw new TypeError("no channel brought a dialect that clients speak");
    return chosen;
  }

  /** An error of a call that never became a request. */
  #error(speaker: Speaker, call: ClientCall, error: GatewayError): Response {
    const id = this.#runtime.ports.id("req");
    this.#emit("request:done", {
      requestId: id,
      method: call.method,
      path: call.path,
      dialect: speaker.id,
      status: error.status,
      receipt: null,
      totalMs: 0,
      error: { code: error.code, message: error.message, hint: error.hint },
    });
    return json(speaker.client.encodeError(error, id, null), error.status, errorHeaders(error, id));
  }
}

// A response that a plugin got elsewhere, such as a redirect, has headers that cannot be changed.
function toResponse(result: unknown, requestId: string): Response {
  const given = result instanceof Response ? result : json(result ?? null, 200);
  const response = new Response(given.body, given);
  for (const [name, value] of Object.entries(baseHeaders(requestId))) response.headers.set(name, value);
  return response;
}

function json(value: unknown, status: number, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "cache-control": "no-store", ...headers, "content-type": "application/json" },
  });
}

function callOf(event: H3Event): ClientCall {
  const url = new URL(event.req.url);
  const headers = new Map([...event.req.headers].map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: event.req.method,
    path: decoded(url.pathname),
    rawPath: url.pathname,
    query: url.searchParams,
    headers,
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function firstSegment(path: string): string {
  return path.split("/", 2)[1] ?? "";
}

/** Whether an h3 pattern (`:name`, `*`, a final `**`) covers the path. For 405 only; h3 itself routes. */
function pathMatches(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  for (const [index, segment] of wanted.entries()) {
    if (segment.startsWith("**")) return true;
    const found = given[index];
    if (found === undefined) return false;
    if (segment !== found && segment !== "*" && !segment.startsWith(":")) return false;
  }
  return wanted.length === given.length;
}
