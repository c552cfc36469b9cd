import { defineProvider, type ChannelOptions, type ChannelSpec, type ProviderDefinition } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { catalogue } from "./catalogue.ts";
import { createMockTransport, type MockBehaviour } from "./transport.ts";

/** What `mock()` takes: how the mock behaves, beside what every channel takes. */
export interface MockOptions extends ChannelOptions, MockBehaviour {}

/** Makes channels of the mock provider. Without an argument: one channel with the defaults, no key needed. */
export interface MockFactory {
  (options?: undefined): ChannelSpec<{}>;
  <const Options extends object>(options: Options & MockOptions): ChannelSpec<Omit<Options, keyof MockOptions>>;
  readonly definition: ProviderDefinition;
}

/**
 * A provider without a vendor: answers in process, needs no key, costs nothing, and says everywhere that it is a mock.
 *
 * @example providers: [mock(), mock({ id: "unreliable", seed: 7, models: ["flaky"] })]
 */
export const mock: MockFactory = Object.assign(createChannel, { definition: definitionOf({}) }) as MockFactory;

function createChannel({ seed, tokensPerSecond, slowMs, ...channel }: MockOptions = {}): ChannelSpec {
  return defineProvider(definitionOf({ seed, tokensPerSecond, slowMs }))(channel);
}

function definitionOf(behaviour: MockBehaviour): ProviderDefinition {
  return {
    id: "mock",
    name: "Mock",
    dialects,
    speaks: [
      "openai-chat",
      "openai-embeddings",
      "openai-moderations",
      "jina-rerank",
      "openai-tokens",
      "openai-images",
      "openai-speech",
      "openai-transcription",
      "openai-videos",
    ],
    // Never dialled: `.invalid` resolves nowhere (RFC 2606).
    baseURL: "https://mock.invalid/v1",
    keyVariables: [],
    auth: { type: "none" },
    quirks: { maxTokensField: "max_completion_tokens", developerRole: "developer", strict: true },
    models: catalogue,
    mock: true,
    transport: (ports) => createMockTransport(ports, behaviour),
  };
}
