import type { BodyLimits } from "./body.ts";
import { errors } from "./errors.ts";
import { reservedNames } from "./context.ts";
import { resolveCurrency } from "./currency.ts";
import type { Currency, CurrencyConfig } from "./currency.ts";
import { nearest } from "./guess.ts";
import { defaultPolicy } from "./plan.ts";
import type { Policy } from "./plan.ts";
import type { ChannelSettings, ModelSettings, Plugin } from "./plugin.ts";
import type { PriceConfig } from "./price.ts";
import { pluginFields } from "./plugin.ts";
import type { ChannelSpec } from "./provider.ts";

/** A model of the config: one target or pattern, or targets in order with settings. */
export type ModelConfig<Settings = {}> =
  | string
  | ({
      /** `provider/model`, `channel/model`, another name of the config, or `provider/*` for the asked name. */
      targets: readonly string[];
    } & Settings);

export interface LimitsConfig {
  /** A whole request body. @default 33554432 (32 MiB) */
  bodyBytes?: number;
  /** Nesting of the body. @default 64 */
  depth?: number;
  /** Keys of one object. @default 10000 */
  keys?: number;
  /** A whole unary answer, decoded. @default 67108864 (64 MiB) */
  replyBytes?: number;
  /** One event of a stream. @default 1048576 (1 MiB); dialects may declare more */
  eventBytes?: number;
}

/** All in milliseconds. */
export interface TimeoutsConfig extends Partial<Omit<Policy, "attempts" | "onUnknown" | "fallbackOn">> {
  /** Headers of a request → its whole body. @default 30000 */
  clientBodyMs?: number;
  /** One plugin stage that decides (`admit`, `request`, `settle`). @default 2000 */
  stageMs?: number;
  /** A stream that has nothing to say yet is kept awake from then on, at this interval. @default 15000 */
  keepAliveMs?: number;
  /** A client that takes nothing of a stream for so long is gone. @default 60000 */
  writeStallMs?: number;
}

/** The whole config of a gateway. Unknown fields are refused at start. */
export interface GatewayConfig<
  Plugins extends readonly Plugin[] = readonly Plugin[],
  Channels extends readonly ChannelSpec[] = readonly ChannelSpec[],
> {
  /** The channels: what provider factories return, e.g. `[mock(), openai()]`. Order is kept among equals. */
  providers: Channels;
  /** Names that clients may ask for, with their targets. @default none: clients ask for `provider/model` */
  models?: Readonly<Record<string, ModelConfig<ModelSettings<Plugins>>>>;
  /** What plugin factories return, first is outermost. @default none */
  plugins?: Plugins;
  /** How much a request and an answer may hold. */
  limits?: LimitsConfig;
  /** How long each phase may take. */
  timeouts?: TimeoutsConfig;
  /** Calls to upstreams per request, at most. @default 3 */
  attempts?: number;
  /** Refuse body fields that neither the dialect nor a plugin knows. @default false */
  strict?: boolean;
  /**
   * What becomes of a parameter that a target does not take: `warn` goes on without it and says so in the receipt, `error`
   * takes the target out of the plan, and is a 400 when none is left. @default "warn"
   */
  unsupported?: "error" | "warn";
  /** Where receipts go: in the body and headers, or in headers alone. @default "body" */
  receipt?: "body" | "headers";
  /** What models cost, by glob of `channel/model` or `provider/model`; before every other source. @default none */
  prices?: Readonly<Record<string, PriceConfig>>;
  /** A currency in which costs are shown beside dollars. @default none */
  currency?: CurrencyConfig;
}

/** Refuses channel settings that no plugin claims, at the channel that has them. */
export type CheckedChannels<Channels extends readonly ChannelSpec[], Plugins extends readonly Plugin[]> = {
  [Index in keyof Channels]: Channels[Index] extends ChannelSpec<infer Settings>
    ? [Exclude<keyof Settings, keyof ChannelSettings<Plugins>>] extends [never]
      ? Settings extends ChannelSettings<Plugins>
        ? Channels[Index]
        : ChannelSpec<ChannelSettings<Plugins>>
      : ChannelSpec<{
          [Name in Exclude<keyof Settings, keyof ChannelSettings<Plugins>>]: "no plugin claims this field";
        }>
    : never;
};

const fields = {
  config: [
    "providers",
    "models",
    "plugins",
    "limits",
    "timeouts",
    "attempts",
    "strict",
    "unsupported",
    "receipt",
    "prices",
    "currency",
  ],
  limits: ["bodyBytes", "depth", "keys", "replyBytes", "eventBytes"],
  timeouts: [
    "connectMs",
    "firstByteMs",
    "firstTokenMs",
    "idleMs",
    "bodyMs",
    "totalMs",
    "maxWaitMs",
    "clientBodyMs",
    "stageMs",
    "keepAliveMs",
    "writeStallMs",
  ],
} as const;

/** Every setting with its default filled in. */
export interface Settings {
  /** Those of a request's body, with the time that it has. */
  body: BodyLimits;
  /** Those of an answer. */
  limits: Required<Pick<LimitsConfig, "replyBytes" | "eventBytes">>;
  /** Those that are not of a call: `policy` has the others. */
  timeouts: Required<Pick<TimeoutsConfig, "stageMs" | "keepAliveMs" | "writeStallMs">>;
  policy: Policy;
  strict: boolean;
  unsupported: "error" | "warn";
  receipt: "body" | "headers";
  currency: Currency | null;
}

/** Checks the shape of a config and fills in the defaults. Throws `SLUICE_CONFIG_*`. */
export function resolveSettings(config: GatewayConfig): Settings {
  assertKnown("the config", config, fields.config);
  assertKnown("limits", config.limits ?? {}, fields.limits);
  assertKnown("timeouts", config.timeouts ?? {}, fields.timeouts);
  if (!Array.isArray(config.providers)) {
    throw errors.CONFIG_INVALID("providers", "is missing or no list.", "Write providers: [mock()] or name a vendor.");
  }
  assertPositive("limits", config.limits ?? {});
  assertPositive("timeouts", config.timeouts ?? {});
  assertPositive("the config", { attempts: config.attempts });
  assertChoice("strict", config.strict, [true, false]);
  assertChoice("unsupported", config.unsupported, ["error", "warn"]);
  assertChoice("receipt", config.receipt, ["body", "headers"]);

  const {
    clientBodyMs = 30_000,
    stageMs = 2_000,
    keepAliveMs = 15_000,
    writeStallMs = 60_000,
    ...phases
  } = config.timeouts ?? {};
  const policy: Policy = { ...defaultPolicy, ...phases, attempts: config.attempts ?? defaultPolicy.attempts };
  const {
    bodyBytes = 32 * 1024 * 1024,
    depth = 64,
    keys = 10_000,
    replyBytes = 64 * 1024 * 1024,
    eventBytes = 1024 * 1024,
  } = config.limits ?? {};
  return {
    body: { bodyBytes, depth, keys, bodyMs: clientBodyMs },
    limits: { replyBytes, eventBytes },
    timeouts: { stageMs, keepAliveMs, writeStallMs },
    policy,
    strict: config.strict ?? false,
    unsupported: config.unsupported ?? "warn",
    receipt: config.receipt ?? "body",
    currency: resolveCurrency(config.currency),
  };
}

/** Refuses a misspelt field with the list of known ones. */
export function assertKnown(path: string, value: object, known: readonly string[]): void {
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) throw errors.CONFIG_UNKNOWN_FIELD(path, field, known, nearest(field, known));
  }
}

function assertPositive(path: string, values: object): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    if (value === undefined) continue;
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) {
      throw errors.CONFIG_INVALID(
        `${path}.${name}`,
        `${JSON.stringify(value)} is not a number above 0.`,
        "Leave it out for the default.",
      );
    }
  }
}

export function assertChoice(path: string, value: unknown, choices: readonly unknown[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw errors.CONFIG_INVALID(
    path,
    `${JSON.stringify(value)} is none of ${choices.join(", ")}.`,
    "Leave it out for the default.",
  );
}

/** Checks the list of plugins: known fields, unique ids, claims made once, `uses` present and earlier. */
export function assertPlugins(plugins: readonly Plugin[]): void {
  const seen = new Set<string>();
  const claims = {
    extras: new Map<string, string>(),
    model: new Map<string, string>(),
    channel: new Map<string, string>(),
  };
  for (const [index, plugin] of plugins.entries()) {
    if (typeof plugin !== "object" || typeof plugin?.definition !== "object") {
      throw errors.CONFIG_INVALID(
        `plugins[${index}]`,
        "is not a plugin.",
        "Call the factory: plugins: [keys()], not [keys].",
      );
    }
    assertKnown(`the plugin "${plugin.id}"`, plugin.definition, pluginFields);
    if (reservedNames.has(plugin.id)) {
      throw errors.CONFIG_INVALID(
        "plugins",
        `"${plugin.id}" is a name that ctx has of its own.`,
        "Give the plugin another id.",
      );
    }
    if (seen.has(plugin.id)) throw errors.CONFIG_DUPLICATE("plugins", plugin.id, "Remove one of them.");
    assertUses(plugin, seen, plugins);
    seen.add(plugin.id);
    for (const kind of ["extras", "model", "channel"] as const) claim(claims[kind], kind, plugin);
  }
}

function assertUses(plugin: Plugin, seen: ReadonlySet<string>, plugins: readonly Plugin[]): void {
  for (const use of plugin.definition.uses) {
    if (seen.has(use.id)) continue;
    const later = plugins.some((other) => other.id === use.id);
    if (later) {
      throw errors.CONFIG_INVALID(
        "plugins",
        `"${plugin.id}" uses "${use.id}", which comes after it.`,
        `Move ${use.id}() before ${plugin.id}().`,
      );
    }
    if (!("maybe" in use)) throw errors.CONFIG_MISSING_PLUGIN(plugin.id, use.id);
  }
}

function claim(claimed: Map<string, string>, kind: "extras" | "model" | "channel", plugin: Plugin): void {
  for (const name of Object.keys(plugin.definition[kind])) {
    const owner = claimed.get(name);
    if (owner !== undefined) {
      const field = kind === "extras" ? "request field" : `${kind} field`;
      throw errors.CONFIG_INVALID(
        "plugins",
        `"${owner}" and "${plugin.id}" both claim the ${field} "${name}".`,
        "Leave one of them out.",
      );
    }
    claimed.set(name, plugin.id);
  }
}
