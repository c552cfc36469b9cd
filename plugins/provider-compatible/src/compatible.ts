import {
  defineProvider,
  errors,
  nearest,
  type Auth,
  type ChannelOptions,
  type ChannelSpec,
  type ModelInfo,
  type ProviderDefinition,
  type ProviderFactory,
} from "@sluice/core";
import { dialects } from "@sluice/dialects";
import type { Vendor } from "./vendor.ts";
import { vendors, type VendorId } from "./vendors.ts";

type Unclaimed<Options, Claimed> = Omit<Options, keyof Claimed>;

/** A vendor that the table does not know. */
export interface CustomVendorOptions extends ChannelOptions {
  /** Lower-case; stands before the slash in `id/model`. */
  id: string;
  baseURL: string;
  /** For people. @default the id */
  name?: string;
  /** Environment variables that hold the key, first wins. @default none: no key is needed */
  keyVariables?: readonly string[];
  /** How the key becomes a header. @default bearer */
  auth?: Auth;
  /** What is known of its models. @default nothing: every name is passed on */
  catalogue?: readonly ModelInfo[];
}

type NamedOptions = ChannelOptions & { vendor: VendorId };

/**
 * Makes a channel of a vendor that speaks OpenAI's dialect: one of the table by `vendor`, any other by `id` and `baseURL`.
 *
 * @example compatible({ vendor: "deepseek", weight: 3 })
 * @example compatible({ id: "acme", baseURL: "https://api.acme.example/v1", keyVariables: ["ACME_API_KEY"] })
 */
export function compatible<const Options extends NamedOptions>(
  options: Options,
): ChannelSpec<Unclaimed<Options, ChannelOptions & { vendor: unknown }>>;
export function compatible<const Options extends CustomVendorOptions>(
  options: Options,
): ChannelSpec<Unclaimed<Options, CustomVendorOptions>>;
export function compatible(options: NamedOptions | CustomVendorOptions): ChannelSpec {
  return "vendor" in options ? namedChannel(options) : customChannel(options);
}

function namedChannel({ vendor, ...options }: NamedOptions): ChannelSpec {
  if (!Object.hasOwn(vendors, vendor)) {
    const known = Object.keys(vendors);
    const guess = nearest(vendor, known);
    const hint = guess === null ? `Known: ${known.join(", ")}.` : `Did you mean "${guess}"?`;
    const other = "For a vendor that the table does not know, give id and baseURL instead.";
    throw errors.CONFIG_INVALID("compatible().vendor", `"${vendor}" is not in the table.`, `${hint} ${other}`);
  }
  return vendorFactory(vendor)(options);
}

function customChannel(options: CustomVendorOptions): ChannelSpec {
  const { name, keyVariables = [], auth = { type: "bearer" }, catalogue, ...channel } = options;
  const { id, baseURL } = channel;
  if (typeof id !== "string" || typeof baseURL !== "string") {
    const hint = 'Give both, or the vendor of the table: compatible({ vendor: "deepseek" }).';
    throw errors.CONFIG_INVALID("compatible()", "has no id or no baseURL.", hint);
  }
  const definition: ProviderDefinition = {
    id,
    name: name ?? id,
    dialects,
    speaks: channel.speaks ?? ["openai-chat", "openai-embeddings"],
    baseURL,
    keyVariables,
    auth,
    ...(catalogue === undefined ? {} : { models: catalogue }),
  };
  return defineProvider(definition)(channel);
}

/** Makes the factory of one vendor of the table. */
export function vendorFactory(id: VendorId): ProviderFactory {
  return defineProvider(definitionOf(id, vendors[id]));
}

/** The provider that a row of the table describes. */
export function definitionOf(id: string, vendor: Vendor): ProviderDefinition {
  const { name, baseURL, keyVariables, auth = { type: "bearer" }, speaks = ["openai-chat"], docs } = vendor;
  return {
    id,
    name,
    dialects,
    speaks,
    baseURL,
    keyVariables,
    auth,
    ...(vendor.quirks === undefined ? {} : { quirks: vendor.quirks }),
    ...(vendor.modelQuirks === undefined ? {} : { modelQuirks: vendor.modelQuirks }),
    docs,
  };
}
