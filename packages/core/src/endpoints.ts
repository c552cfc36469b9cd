import { toClientCall } from "./client-call.ts";
import type { AdmitContext, CallerCredential } from "./context.ts";
import { credentialOf } from "./credential.ts";
import type { AnyDialect, ClientCall, ClientDialect, ClientRoute, Dialect, Operation } from "./dialect.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import type { Speaker } from "./exchange.ts";
import type { Incoming, Outgoing } from "./incoming.ts";
import type { Life } from "./life.ts";
import { filterModels } from "./model-filter.ts";
import type { Emit } from "./observers.ts";
import type { ClientSurface } from "./operation-dialect.ts";
import { answerOperation } from "./operation-pipeline.ts";
import { answerChat, errorHeaders, refuse, setDeadline } from "./pipeline.ts";
import type { Runtime } from "./pipeline.ts";
import type { Plugin, RouteHandler } from "./plugin.ts";
import type { ChannelSpec } from "./provider.ts";
import { baseHeaders } from "./receipt-headers.ts";
import { RouteTable } from "./route-table.ts";

type ChatSpeaker = Dialect & { client: ClientDialect };

/** One HTTP route and who answers it. */
export interface Endpoint {
  method: string;
  path: string;
  /** A dialect, a plugin, or `gateway`. */
  owner: string;
  operation: string;
}

type Answer = (
  incoming: Incoming,
  call: ClientCall,
  params: Readonly<Record<string, string>>,
) => Promise<Outgoing | Response> | Outgoing;

/**
 * The dialects that the channels brought, for clients. A provider may have an upstream half of its own; two client halves
 * with one id are refused.
 */
export function dialectsOf(specs: readonly ChannelSpec[]): AnyDialect[] {
  const known = new Map<string, AnyDialect>();
  for (const dialect of specs.flatMap(({ provider }) => [...provider.dialects])) {
    const other = known.get(dialect.id);
    if (other?.client && dialect.client && other.client !== dialect.client) {
      throw errors.CONFIG_DUPLICATE(
        "dialects",
        dialect.id,
        "Two copies of a dialects package are installed: run `npm dedupe`.",
      );
    }
    if (!other?.client) known.set(dialect.id, dialect);
  }
  return [...known.values()];
}

/** The HTTP surface of a gateway: dialect routes, plugin routes, health, and errors in the caller's dialect. */
export class Endpoints {
  readonly list: Endpoint[] = [];
  readonly #table = new RouteTable<Answer>();
  /** Which plugin would answer what nobody answers. */
  readonly #absent = new RouteTable<string>();
  readonly #runtime: Runtime;
  readonly #life: Life;
  readonly #emit: Emit;
  readonly #speakers: readonly Speaker[];
  /** Who speaks where a path says nothing, and of models. */
  readonly #chatSpeakers: readonly ChatSpeaker[];

  constructor(init: {
    runtime: Runtime;
    plugins: readonly Plugin[];
    dialects: readonly AnyDialect[];
    emit: Emit;
    life: Life;
  }) {
    this.#runtime = init.runtime;
    this.#life = init.life;
    this.#emit = init.emit;
    this.#speakers = init.dialects.filter((dialect): dialect is Speaker => dialect.client !== undefined);
    this.#chatSpeakers = this.#speakers.filter(isChatSpeaker);
    this.#addHealth();
    for (const plugin of init.plugins) {
      for (const [key, handler] of Object.entries(plugin.definition.routes)) this.#addPluginRoute(plugin, key, handler);
    }
    this.#addDialects();
    for (const { client } of this.#speakers) this.#noteAbsent(client);
  }

  /** Answers any call. Never rejects for what a client sent. */
  answer(incoming: Incoming): Promise<Outgoing | Response> | Outgoing | Response {
    const call = toClientCall(incoming);
    const found = this.#table.find(call.method, call.rawPath);
    return found ? found.data(incoming, call, found.params) : this.#nothingHere(call);
  }

  #add(endpoint: Endpoint, answer: Answer): void {
    this.list.push(endpoint);
    this.#table.add(endpoint.method, endpoint.path, answer);
  }

  #addHealth(): void {
    const health = { method: "GET", owner: "gateway", operation: "health" };
    this.#add({ ...health, path: "/healthz" }, () => json({ status: "ok" }, 200));
    this.#add({ ...health, path: "/readyz" }, () =>
      this.#life.isReady ? json({ status: "ready" }, 200) : json({ status: "not ready" }, 503),
    );
  }

  #addPluginRoute(plugin: Plugin, key: string, handler: RouteHandler<AdmitContext>): void {
    const where = `the plugin "${plugin.id}"`;
    const [, method, path] = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/.exec(key) ?? [];
    if (method === undefined || path === undefined) {
      throw errors.CONFIG_INVALID(where, `its route "${key}" is not "METHOD /path".`, 'Write "GET /v1/name".');
    }
    const dialect = this.#speakers.find(({ client }) =>
      client.routes.some((route) => `${route.method} ${route.path}` === key),
    );
    const owner = dialect?.id ?? this.list.find((other) => `${other.method} ${other.path}` === key)?.owner;
    if (owner !== undefined) {
      throw errors.CONFIG_INVALID(where, `its route "${key}" already belongs to ${owner}.`, "Choose another path.");
    }
    this.#add({ method, path, owner: plugin.id, operation: "plugin" }, (incoming, call, params) =>
      this.#exchange(incoming, call, this.#speakerFor(call), "plugin", (exchange) =>
        this.#answerPlain(exchange, () =>
          this.#runtime.stages.handle(plugin, exchange.id, () =>
            handler({ request: incoming.toRequest(), params, query: call.query }, exchange.view(plugin)),
          ),
        ),
      ),
    );
  }

  #noteAbsent({ pluginRoutes }: ClientSurface): void {
    for (const key of pluginRoutes?.routes ?? []) {
      const [method = "", path = ""] = key.split(" ");
      this.#absent.add(method, path, pluginRoutes?.plugin ?? "");
    }
  }

  /** Several dialects may share a path; one that recognises its callers is asked before the default one. */
  #addDialects(): void {
    const all = this.#speakers.flatMap((speaker) => speaker.client.routes.map((route) => ({ speaker, route })));
    const shared = Map.groupBy(all, ({ route }) => `${route.method} ${route.path}`);
    for (const sharers of shared.values()) {
      sharers.sort((a, b) => Number(a.route.claims === undefined) - Number(b.route.claims === undefined));
      const answer: Answer = (incoming, call) => this.#answerDialect(incoming, call, sharers);
      for (const [index, { speaker, route }] of sharers.entries()) {
        const operation = typeof route.operation === "string" ? route.operation : "by path";
        const endpoint = { method: route.method, path: route.path, owner: speaker.id, operation };
        if (index === 0) this.#add(endpoint, answer);
        else this.list.push(endpoint);
      }
    }
  }

  #answerDialect(
    incoming: Incoming,
    call: ClientCall,
    sharers: readonly { speaker: Speaker; route: ClientRoute }[],
  ): Promise<Outgoing | Response> | Outgoing {
    const chosen = sharers.find(({ route }) => route.claims?.(call) ?? true);
    if (!chosen) return this.#nothingHere(call);
    const { speaker, route } = chosen;
    const operation = typeof route.operation === "string" ? route.operation : route.operation(call);
    if (operation === null) return this.#error(speaker, call, errors.ROUTE_NOT_FOUND(call.method, call.path));
    return this.#exchange(incoming, call, speaker, operation, (exchange) => this.#perform(operation, exchange, call));
  }

  #perform(operation: Operation, exchange: Exchange, call: ClientCall): Promise<Outgoing | Response> {
    if (operation === "chat") return answerChat(this.#runtime, exchange);
    if (operation === "models" || operation === "model") return this.#answerModels(exchange, call, operation);
    return answerOperation(this.#runtime, exchange);
  }

  #answerModels(exchange: Exchange, call: ClientCall, operation: "models" | "model"): Promise<Outgoing | Response> {
    const { client } = exchange.dialect;
    return this.#answerPlain(exchange, () => {
      const { models } = this.#runtime;
      return operation === "models"
        ? client.encodeModels(filterModels(models.list(), call.query), call)
        : client.encodeModel(models.find(client.modelOf(call)), call);
    });
  }

  /** Admits the caller, runs the handler, and settles: what every route that is no model request does. */
  async #answerPlain(exchange: Exchange, handle: () => unknown): Promise<Outgoing | Response> {
    const { stages, settings, onDone } = this.#runtime;
    try {
      await stages.admit(exchange);
      setDeadline(exchange, settings.policy);
      const result = await exchange.inTime(settings.timeouts.stageMs, Promise.resolve(handle()));
      const response = toAnswer(result, exchange.id);
      exchange.record.complete = true;
      const receipt = await exchange.settle("success", null);
      onDone(exchange, response.status, receipt, null);
      return response;
    } catch (thrown) {
      return refuse(this.#runtime, exchange, thrown);
    }
  }

  #exchange(
    incoming: Incoming,
    call: ClientCall,
    speaker: Speaker,
    operation: string,
    answer: (exchange: Exchange) => Promise<Outgoing | Response>,
  ): Promise<Outgoing | Response> | Outgoing {
    let credential: CallerCredential | null;
    try {
      credential = credentialOf(call.headers, call.query);
    } catch (thrown) {
      if (!isGatewayError(thrown)) throw thrown;
      return this.#error(speaker, call, thrown);
    }
    const { ports, stages, settings } = this.#runtime;
    const id = ports.id("req");
    const { currency } = settings;
    const exchange = new Exchange({
      id,
      call,
      dialect: speaker,
      operation,
      credential,
      ports,
      stages,
      incoming,
      currency,
    });
    this.#emit("request:start", {
      requestId: id,
      method: call.method,
      path: call.path,
      dialect: speaker.id,
      operation,
    });
    try {
      const waiting = this.#life.enter(exchange);
      if (waiting)
        return waiting.then(
          () => answer(exchange),
          (thrown) => refuse(this.#runtime, exchange, thrown),
        );
    } catch (thrown) {
      return refuse(this.#runtime, exchange, thrown);
    }
    return answer(exchange);
  }

  #nothingHere(call: ClientCall): Outgoing {
    return this.#error(this.#speakerFor(call), call, this.#whyNothing(call));
  }

  #whyNothing({ method, path, rawPath }: ClientCall): GatewayError {
    const absent = this.#absent.find(method, rawPath);
    if (absent) return errors.ROUTE_NEEDS_PLUGIN(method, path, absent.data);
    const allowed = this.#table.allowed(rawPath);
    return allowed.length > 0 ? errors.ROUTE_METHOD(method, path, allowed) : errors.ROUTE_NOT_FOUND(method, path);
  }

  /** The dialect of a path, then of the headers, else the first one. */
  #speakerFor(call: ClientCall): ChatSpeaker {
    const room = firstSegment(call.path);
    const rooms = (speaker: ChatSpeaker) => speaker.client.routes.map(({ path }) => firstSegment(path));
    const near = this.#chatSpeakers.filter((speaker) => rooms(speaker).includes(room));
    const claiming = this.#chatSpeakers.find((speaker) => speaker.client.routes.some((route) => route.claims?.(call)));
    const chosen = near.length === 1 ? near[0] : (claiming ?? this.#chatSpeakers[0]);
    if (!chosen) throw new TypeError("no channel brought a dialect that clients speak");
    return chosen;
  }

  /** An error of a call that never became a request. */
  #error(speaker: Speaker, call: ClientCall, error: GatewayError): Outgoing {
    const id = this.#runtime.ports.id("req");
    this.#emit("request:done", {
      requestId: id,
      method: call.method,
      path: call.path,
      dialect: speaker.id,
      operation: null,
      status: error.status,
      receipt: null,
      totalMs: 0,
      error: { code: error.code, message: error.message, hint: error.hint },
    });
    return json(speaker.client.encodeError(error, id, null), error.status, errorHeaders(error, id));
  }
}

function isChatSpeaker(speaker: Speaker): speaker is ChatSpeaker {
  return (speaker.operation ?? "chat") === "chat";
}

// A response that a plugin got elsewhere, such as a redirect, has headers that cannot be changed.
function toAnswer(result: unknown, requestId: string): Outgoing | Response {
  if (!(result instanceof Response)) return json(result ?? null, 200, baseHeaders(requestId));
  const response = new Response(result.body, result);
  for (const [name, value] of Object.entries(baseHeaders(requestId))) response.headers.set(name, value);
  return response;
}

function json(value: unknown, status: number, headers: Record<string, string> = {}): Outgoing {
  return {
    status,
    headers: { "cache-control": "no-store", ...headers, "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}

function firstSegment(path: string): string {
  return path.split("/", 2)[1] ?? "";
}
