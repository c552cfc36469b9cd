import {
  defineProvider,
  errors,
  nearest,
  type Auth,
  type ChannelOptions,
  type ChannelSpec,
  type ModelInfo,
  type ProviderDefinition,
} from "@sluice/core";
import { dialects } from "@sluice/dialects";
import type { Vendor } from "./vendor.ts";
import { vendors, type VendorId } from "./vendors.ts";

/** What a channel of a vendor takes: a base URL where every customer has their own, else nothing at all. */
export type VendorOptions<Id extends VendorId> = (typeof vendors)[Id]["baseURL"] extends null
  ? ChannelOptions & { baseURL: string }
  : ChannelOptions;

type Unclaimed<Options, Claimed> = Omit<Options, keyof Claimed>;

/** Makes channels of one vendor of the table. */
export interface VendorFactory<Id extends VendorId> {
  (...none: {} extends VendorOptions<Id> ? [options?: undefined] : [never]): ChannelSpec<{}>;
  <const Options extends object>(options: Options & VendorOptions<Id>): ChannelSpec<Unclaimed<Options, ChannelOptions>>;
  readonly definition: ProviderDefinition;
}

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

type NamedOptions = { [Id in VendorId]: { vendor: Id } & VendorOptions<Id> }[VendorId];

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
  return vendorFactory(vendor)(options as VendorOptions<typeof vendor>);
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
export function vendorFactory<Id extends VendorId>(id: Id): VendorFactory<Id> {
  const provider = defineProvider(definitionOf(id, vendors[id]));
  const create = (options: ChannelOptions = {}): ChannelSpec => {
    if (vendors[id].baseURL === null && options.baseURL === undefined) {
      throw errors.CONFIG_INVALID(
        `${id}()`,
        "has no baseURL.",
        `Every customer has their own: see ${vendors[id].docs.url}.`,
      );
    }
    return provider(options);
  };
  return Object.assign(create, { definition: provider.definition }) as unknown as VendorFactory<Id>;
}

/** The provider that a row of the table describes. */
export function definitionOf(id: string, vendor: Vendor): ProviderDefinition {
  const { name, baseURL, keyVariables, auth = { type: "bearer" }, speaks = ["openai-chat"], docs } = vendor;
  return {
    id,
    name,
    dialects,
    speaks,
    baseURL: baseURL ?? "",
    keyVariables,
    auth,
    ...(vendor.quirks === undefined ? {} : { quirks: vendor.quirks }),
    ...(vendor.modelQuirks === undefined ? {} : { modelQuirks: vendor.modelQuirks }),
    docs,
  };
}
