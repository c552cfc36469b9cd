import type { Answer } from "./answer.ts";
import type { AdmitContext, AttemptContext, RequestContext } from "./context.ts";
import type { StreamEvent } from "./event.ts";
import type { GatewayHooks } from "./hooks.ts";
import type { Inspection } from "./inspection.ts";
import type { ModelRequest } from "./operation.ts";
import type { Plan, World } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { PriceSource } from "./price-source.ts";
import type { ChannelSpec } from "./provider.ts";
import type { Receipt } from "./receipt.ts";
import type { Flat, Inputs, Outputs, Schemas } from "./schema.ts";

/** What a plugin's `setup` gets. */
export interface PluginHost {
  readonly ports: Ports;
  inspect(): Inspection;
  /** Prices and models that the gateway did not know of. Sources are asked in the order in which they were added. */
  addPrices(source: PriceSource): void;
}

export type Disposer = () => void | Promise<void>;

/** What a `request` stage may return: a changed request, an answer, or nothing. */
export type RequestVerdict = { request: ModelRequest } | { answer: Answer };

/** How a request ended. Given to `settle`, once, before the last byte. */
export interface Outcome {
  result: "success" | "failure" | "refusal" | "abort";
  receipt: Readonly<Receipt>;
}

/** A call to a plugin's route. */
export interface RouteCall {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** Anything JSON can carry becomes a JSON answer; a `Response` goes out as it is. */
export type RouteHandler<Context> = (call: RouteCall, ctx: Context) => unknown;

/** Things every plugin carries in its type, so that others can be typed by it. */
export interface PluginTypes {
  id: string;
  added: unknown;
  extras: Schemas;
  model: Schemas;
  channel: Schemas;
  routes: Record<string, unknown>;
}

type Empty = Record<never, never>;
/** The context members that a plugin's `admit` returned, awaited. */
type Settled<Added> = Exclude<Awaited<Added>, void | undefined>;

type UsedContext<Uses extends readonly Use[]> = Uses extends readonly [
  infer First,
  ...infer Rest extends readonly Use[],
]
  ? ContextOf<First> & UsedContext<Rest>
  : Empty;
type ContextOf<U> =
  U extends MaybeUse<infer P>
    ? { readonly [Id in P["id"]]?: P["added"] }
    : U extends PluginFactory<infer P, infer _Options>
      ? { readonly [Id in P["id"]]: P["added"] }
      : Empty;
type UsedExtras<Uses extends readonly Use[]> = Uses extends readonly [infer First, ...infer Rest extends readonly Use[]]
  ? (First extends PluginFactory<infer P, infer _Options> ? Outputs<P["extras"]> : Empty) & UsedExtras<Rest>
  : Empty;

type Own<Id extends string, Added> = unknown extends Added ? Empty : { readonly [Key in Id]: Settled<Added> };

/** The object that is a plugin. Data first, then at most seven stages, then routes and hooks. */
export interface PluginDefinition<
  Id extends string,
  Uses extends readonly Use[],
  Extras extends Schemas,
  Model extends Schemas,
  ChannelSettings extends Schemas,
  Added,
  Routes extends Record<string, unknown>,
> {
  /** Plugins that must be in the config, before this one. `maybe(x)` makes one optional. */
  uses?: Uses;
  /** Request fields that this plugin claims; typed as `ctx.extras`, never sent upstream. */
  extras?: Extras;
  /** Fields of a model in the config; typed as `ctx.model`. */
  model?: Model;
  /** Fields of a channel in the config; typed as `attempt.channel.settings`. */
  channel?: ChannelSettings;
  /** Channels that this plugin brings. */
  providers?: readonly ChannelSpec<never>[] | readonly ChannelSpec<{}>[];
  /** `pre` and `post` are for tracing-like plugins that must see everything, or only what is left. @default "normal" */
  order?: "pre" | "normal" | "post";
  /** What happens to a request when a stage breaks: `open` goes on without it. @default "closed" */
  onError?: "open" | "closed";
  /** Opens what the plugin needs; the returned function closes it. Stages wait for it. */
  setup?: (gateway: PluginHost) => void | Disposer | Promise<void | Disposer>;
  /** From headers alone: throw a refusal, or return what becomes `ctx.<id>`. */
  admit?: (ctx: AdmitContext & UsedContext<Uses>) => Added;
  request?: (
    ctx: StageContext<Id, Uses, Extras, Model, Added>,
  ) => void | RequestVerdict | Promise<void | RequestVerdict>;
  /** Pure: reorder, filter, set policy, say why. */
  route?: (
    plan: Plan<Outputs<ChannelSettings>>,
    ctx: StageContext<Id, Uses, Extras, Model, Added>,
    world: World,
  ) => Plan<Outputs<ChannelSettings>>;
  /** Around the whole answer. `next` may be called again. */
  respond?: (ctx: StageContext<Id, Uses, Extras, Model, Added>, next: () => Promise<Answer>) => Promise<Answer>;
  /** Around one call to an upstream. `next` may be called again. */
  attempt?: (
    ctx: StageContext<Id, Uses, Extras, Model, Added>,
    attempt: AttemptContext<Outputs<ChannelSettings>>,
    next: () => Promise<Answer>,
  ) => Promise<Answer>;
  /** Canonical events in, canonical events out. Return the same iterable to stay out of the way. */
  stream?: (
    events: AsyncIterable<StreamEvent>,
    ctx: StageContext<Id, Uses, Extras, Model, Added>,
  ) => AsyncIterable<StreamEvent>;
  /** Once per request, awaited before the last byte. */
  settle?: (ctx: SettleContext<Id, Uses, Extras, Model, Added>, outcome: Outcome) => void | Promise<void>;
  /** `"GET /v1/quota": (call, ctx) => …`, under the gateway's `admit` stages. */
  routes?: {
    [Path in keyof Routes]: (call: RouteCall, ctx: AdmitContext & UsedContext<Uses> & Own<Id, Added>) => Routes[Path];
  };
  /** Observers. A throw is logged with the plugin's name and reaches nobody else. */
  hooks?: Partial<GatewayHooks> & Record<string, (...args: never[]) => unknown>;
}

/** The context of a plugin's own stages after `admit`. */
export type StageContext<
  Id extends string,
  Uses extends readonly Use[],
  Extras extends Schemas,
  Model extends Schemas,
  Added,
> = RequestContext<Outputs<Extras> & UsedExtras<Uses>, Outputs<Model>> & UsedContext<Uses> & Own<Id, Added>;

/** As `StageContext`, but the request may have ended before a body was decoded. */
type SettleContext<
  Id extends string,
  Uses extends readonly Use[],
  Extras extends Schemas,
  Model extends Schemas,
  Added,
> = AdmitContext & Partial<StageContext<Id, Uses, Extras, Model, Added>>;

/** A plugin as the config holds it: its definition, with types erased, and its types beside it. */
export interface Plugin<Types extends PluginTypes = PluginTypes> {
  readonly id: Types["id"];
  readonly definition: ErasedDefinition;
  readonly "~types"?: Types;
}

/** Makes a plugin from its options; `uses` takes the factory itself. */
export interface PluginFactory<Types extends PluginTypes = PluginTypes, Options = never> {
  (
    ...args: unknown extends Options ? [] : {} extends Options ? [options?: Options] : [options: Options]
  ): Plugin<Types>;
  readonly id: Types["id"];
  readonly "~types"?: Types;
}

export interface MaybeUse<Types extends PluginTypes = PluginTypes> {
  readonly maybe: true;
  readonly id: Types["id"];
  readonly "~types"?: Types;
}

export type Use = { readonly id: string; readonly "~types"?: PluginTypes };

/** Uses a plugin when it is in the config: `ctx.<id>` may be undefined. */
export function maybe<Types extends PluginTypes, Options>(plugin: PluginFactory<Types, Options>): MaybeUse<Types> {
  return { maybe: true, id: plugin.id };
}

/** What the runner works with: the shape of a definition without its types. */
export interface ErasedDefinition {
  uses: readonly Use[];
  extras: Schemas;
  model: Schemas;
  channel: Schemas;
  providers: readonly ChannelSpec[];
  order: "pre" | "normal" | "post";
  onError: "open" | "closed";
  setup?: (gateway: PluginHost) => void | Disposer | Promise<void | Disposer>;
  admit?: (ctx: AdmitContext) => unknown;
  request?: (ctx: RequestContext) => void | RequestVerdict | Promise<void | RequestVerdict>;
  route?: (plan: Plan, ctx: RequestContext, world: World) => Plan;
  respond?: (ctx: RequestContext, next: () => Promise<Answer>) => Promise<Answer>;
  attempt?: (ctx: RequestContext, attempt: AttemptContext, next: () => Promise<Answer>) => Promise<Answer>;
  stream?: (events: AsyncIterable<StreamEvent>, ctx: RequestContext) => AsyncIterable<StreamEvent>;
  settle?: (ctx: AdmitContext & Partial<RequestContext>, outcome: Outcome) => void | Promise<void>;
  routes: Readonly<Record<string, RouteHandler<AdmitContext>>>;
  hooks: Readonly<Record<string, (...args: never[]) => unknown>>;
}

/**
 * Makes a plugin factory. Types flow from the object: `ctx.<id>` is what `admit` returned, `ctx.extras` and `ctx.model`
 * follow the schemas, `ctx.<other>` the plugins in `uses`.
 *
 * @example
 * export const greeting = definePlugin("greeting", (options: { word: string }) => ({
 *   extras: { loud: z.boolean().optional() },
 *   admit: () => ({ word: options.word }),
 *   request: (ctx) => ctx.log.info(ctx.extras.loud ? ctx.greeting.word.toUpperCase() : ctx.greeting.word),
 * }));
 */
export function definePlugin<
  const Id extends string,
  Options,
  const Uses extends readonly Use[] = readonly [],
  Extras extends Schemas = Empty,
  Model extends Schemas = Empty,
  ChannelSettings extends Schemas = Empty,
  Added = unknown,
  Routes extends Record<string, unknown> = Empty,
>(
  id: Id,
  define: (options: Options) => PluginDefinition<Id, Uses, Extras, Model, ChannelSettings, Added, Routes>,
): PluginFactory<
  { id: Id; added: Settled<Added>; extras: Extras; model: Model; channel: ChannelSettings; routes: Routes },
  Options
> {
  const create = (options?: Options) => ({ id, definition: erase(define(options ?? ({} as Options))) });
  return Object.assign(create, { id }) as never;
}

const fields = [
  "uses",
  "extras",
  "model",
  "channel",
  "providers",
  "order",
  "onError",
  "setup",
  "admit",
  "request",
  "route",
  "respond",
  "attempt",
  "stream",
  "settle",
  "routes",
  "hooks",
] as const;

/** The names of everything that a plugin object may hold. */
export const pluginFields: readonly string[] = fields;
/** The seven stages, in the order in which a request meets them. */
export const stageNames = ["admit", "request", "route", "respond", "attempt", "stream", "settle"] as const;

function erase(definition: object): ErasedDefinition {
  const defaults = {
    uses: [],
    extras: {},
    model: {},
    channel: {},
    providers: [],
    order: "normal",
    onError: "closed",
    routes: {},
    hooks: {},
  };
  return { ...defaults, ...definition } as ErasedDefinition;
}

type TypesOf<P> = P extends { readonly "~types"?: infer T } ? Extract<T, PluginTypes> : never;
type Union<T> = (T extends unknown ? (value: T) => void : never) extends (value: infer U) => void ? U : never;

/** One plugin at a time: keys of a union are only those that all members share. */
type ClaimsOf<P, Kind extends "model" | "channel" | "extras"> = P extends unknown ? Inputs<TypesOf<P>[Kind]> : never;
type Claims<Plugins extends readonly Plugin[], Kind extends "model" | "channel" | "extras"> = [
  Plugins[number],
] extends [never]
  ? {}
  : Flat<Union<ClaimsOf<Plugins[number], Kind>>>;

/** All fields that the plugins add to a model of the config. */
export type ModelSettings<Plugins extends readonly Plugin[]> = Claims<Plugins, "model">;
/** All fields that the plugins add to a channel of the config. */
export type ChannelSettings<Plugins extends readonly Plugin[]> = Claims<Plugins, "channel">;
/** All request fields that the plugins claim, as a client sends them. */
export type ExtraFields<Plugins extends readonly Plugin[]> = Claims<Plugins, "extras">;
/** All routes of the plugins: `{ "GET /v1/quota": View }`. */
export type RoutesOf<Plugins extends readonly Plugin[]> = Flat<Union<TypesOf<Plugins[number]>["routes"]>>;
