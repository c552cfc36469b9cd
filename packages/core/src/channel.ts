import type { Abilities, ModelInfo } from "./catalogue.ts";
import type { UpstreamTarget } from "./dialect.ts";
import type { ModelPrice } from "./price.ts";
import type { Credential, Transport } from "./ports.ts";
import type { ChannelOptions, ProviderDefinition } from "./provider.ts";
import type { Quirks } from "./quirks.ts";

/** One configured instance of a provider, opened by a gateway. `Settings` are the fields that plugins claimed. */
export interface Channel<Settings = unknown> {
  readonly id: string;
  readonly provider: ProviderDefinition;
  readonly options: ChannelOptions;
  readonly settings: Settings;
  readonly state: "ready" | "no-key" | "disabled";
  readonly keyFrom: string | null;
  readonly transport: Transport;
  readonly speaks: readonly string[];
  /** The same by operation, with none for what its dialects answer without a call. */
  readonly spoken: ReadonlyMap<string, readonly string[]>;
  /** The upstream that the channel belongs to: several channels can share one. */
  readonly origin: string;
  /** Host and port of every base URL, which no client is told. */
  readonly hosts: readonly string[];
  baseURL(dialect: string): string;
  /** The key as a handle that only a transport opens. */
  credential(dialect: string): Credential | null;
  /** All of them, each once: dialects that are asked in one place with one key share theirs. */
  readonly credentials: readonly Credential[];
}

/** A channel and the upstream model id to ask it for. */
export interface Target<Settings = unknown> {
  /** `channel/model`. */
  readonly id: string;
  readonly channel: Channel<Settings>;
  readonly model: string;
  readonly info: ModelInfo | null;
  readonly quirks: Quirks;
  /** What codecs may know of it. */
  readonly codec: UpstreamTarget;
  /** The dialects to ask it in, by operation: those of its channel, without what this model does not take. */
  readonly spoken: ReadonlyMap<string, readonly string[]>;
  /** What a request can need and the model is known not to have. */
  readonly lacks: ReadonlySet<keyof Abilities>;
  /** What it costs now, or null where nobody knows. Looked up once for each state of the price sources. */
  readonly price: ModelPrice | null;
}
