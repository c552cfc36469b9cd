import type { ModelInfo } from "./catalogue.ts";
import type { AnyDialect } from "./dialect.ts";
import type { Failure } from "./failure.ts";
import type { Ports, Transport } from "./ports.ts";
import type { PriceConfig } from "./price.ts";
import type { Quirks } from "./quirks.ts";
import type { Signer, SignerHost } from "./signing.ts";

/** How a key becomes headers: the same for every call, or (`signed`) made anew for each. */
export type Auth =
  | { type: "bearer" }
  | { type: "header"; name: string; prefix?: string }
  | { type: "none" }
  | {
      type: "signed";
      /** Called once for each channel, when its gateway opens. */
      open: (host: SignerHost) => Signer;
    };

/**
 * An adapter for a vendor, as data.
 *
 * @example
 * export const acme = defineProvider({
 *   id: "acme", name: "Acme", dialects, speaks: ["openai-chat"],
 *   baseURL: "https://api.acme.example/v1", keyVariable: "ACME_API_KEY", auth: { type: "bearer" },
 * });
 */
export interface ProviderDefinition {
  /** Lower-case, stable; the `provider` of `provider/model`. */
  id: string;
  /** For people. */
  name: string;
  /** The wire formats that this provider brings to the gateway, for upstreams and for clients. */
  dialects: readonly AnyDialect[];
  /** Which of them the vendor speaks, in order of preference within an operation. */
  speaks: readonly string[];
  /** Models that take only some of these dialects, by model glob; the first row that fits counts. */
  modelSpeaks?: readonly (readonly [glob: string, dialects: readonly string[]])[];
  /** Base URL, or one for each dialect; no trailing slash. */
  baseURL: string | Readonly<Record<string, string>>;
  /** Environment variables that hold the key, first wins. Empty: no key is needed. */
  keyVariables: readonly string[];
  auth: Auth | Readonly<Record<string, Auth>>;
  /** Headers for every call. */
  headers?: Readonly<Record<string, string>>;
  /** Who can open the vendor's opaque state. @default the id */
  stateDomain?: string;
  quirks?: Quirks;
  /** Quirks by model glob; later rows win field by field. */
  modelQuirks?: readonly (readonly [glob: string, quirks: Quirks])[];
  /** Models known by name. Others are passed to the vendor as they are asked for, unless `closed`. */
  models?: readonly ModelInfo[];
  /** Only the models listed exist. @default false */
  closed?: boolean;
  /** Refines what the dialect read from an error answer. */
  classify?: (failure: Failure) => Failure;
  /** Answers are made up: shown as mock everywhere. @default false */
  mock?: boolean;
  /** Carries the calls itself, in process, in the wire format of its dialect. */
  transport?: (ports: Omit<Ports, "transport">) => Transport;
  /** Where the docs of the vendor's API are, and the day they were read. */
  docs?: { url: string; read: string };
}

/** Options that every channel takes. Plugins may add more. */
export interface ChannelOptions {
  /** Its name, unique in the config; `id/model` asks this channel alone, unless a provider is called so. @default the provider's id */
  id?: string;
  /** The key itself. @default the first of the provider's key variables that is set */
  apiKey?: string;
  /** Base URL without a trailing slash. @default the vendor's */
  baseURL?: string;
  /** Globs of the models that this channel serves, e.g. `["gpt-*", "o*"]`. @default all that the provider knows */
  models?: readonly string[];
  /** Client name → upstream name, where they differ. */
  rename?: Readonly<Record<string, string>>;
  /** `false` keeps it in the config and out of every plan. @default true */
  enabled?: boolean;
  /** Share among channels of the same priority. @default 1 */
  weight?: number;
  /** Lower comes first. @default 0 */
  priority?: number;
  /** Where it is, for people, plugins and `sluice inspect`. The core does not route by it. */
  region?: string;
  /** What the operator pays, as a factor of the list price; at most six decimals. @default 1 */
  multiplier?: number;
  /** What models of this channel cost, by glob of the upstream name. @default what the provider or a price source knows */
  prices?: Readonly<Record<string, PriceConfig>>;
  /** Outbound proxy URL. Node and Bun; another runtime refuses the call. */
  proxy?: string;
  /** More headers for every call. */
  headers?: Readonly<Record<string, string>>;
  /** Quirks of this channel, over those of the provider. */
  quirks?: Quirks;
  /** What becomes of a parameter that this channel's targets do not take. @default the gateway's own setting */
  unsupported?: "error" | "warn";
  /** Which of the provider's dialects to use, in order. */
  speaks?: readonly string[];
}

/** What a provider factory returns: data, until a gateway opens it. `Settings` are fields that plugins claim. */
export interface ChannelSpec<Settings = unknown> {
  readonly provider: ProviderDefinition;
  readonly options: ChannelOptions;
  readonly settings: Settings;
}

type Unclaimed<Options> = Omit<Options, keyof ChannelOptions>;

/** Makes channels of one provider. Without an argument: one channel with the key from the environment. */
export interface ProviderFactory {
  (options?: undefined): ChannelSpec<{}>;
  // Not `Options extends ChannelOptions`: TypeScript would refuse a channel that has settings of plugins alone.
  <const Options extends object>(options: Options & ChannelOptions): ChannelSpec<Unclaimed<Options>>;
  readonly definition: ProviderDefinition;
}

const channelFields: ReadonlySet<string> = new Set<keyof ChannelOptions>([
  "id",
  "apiKey",
  "baseURL",
  "models",
  "rename",
  "enabled",
  "weight",
  "priority",
  "region",
  "multiplier",
  "prices",
  "proxy",
  "headers",
  "quirks",
  "speaks",
  "unsupported",
]);

/** The names of the options that every channel takes. */
export const channelOptionNames: readonly string[] = [...channelFields];

/** Makes a provider factory from its definition. */
export function defineProvider(definition: ProviderDefinition): ProviderFactory {
  const factory = (all: Record<string, unknown> = {}) => {
    const options: Record<string, unknown> = {};
    const settings: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(all)) (channelFields.has(name) ? options : settings)[name] = value;
    return { provider: definition, options, settings };
  };
  return Object.assign(factory, { definition }) as unknown as ProviderFactory;
}
