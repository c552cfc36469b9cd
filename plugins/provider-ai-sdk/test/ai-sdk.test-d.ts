import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { anthropic, createAnthropic } from "@ai-sdk/anthropic";
import { createElevenLabs } from "@ai-sdk/elevenlabs";
import type { ProviderV2, ProviderV3, ProviderV4 } from "@ai-sdk/provider";
import { defineGateway, type ChannelSpec } from "@sluice/core";
import { createMistral as createMistralV2 } from "ai-sdk-mistral-v2";
import { createMistral as createMistralV3 } from "ai-sdk-mistral-v3";
import { expectTypeOf } from "vitest";
import { aiSdk, type AiSdkProvider } from "../src/index.ts";

// The common case of a config.
expectTypeOf(aiSdk({ id: "bedrock", provider: createAmazonBedrock() })).toEqualTypeOf<ChannelSpec<{}>>();
defineGateway({ providers: [aiSdk({ id: "claude", provider: anthropic, models: ["claude-*"], weight: 2 })] });

// Every version of the contract is a provider; a function that makes one is none.
expectTypeOf<ProviderV2>().toExtend<AiSdkProvider>();
expectTypeOf<ProviderV3>().toExtend<AiSdkProvider>();
expectTypeOf<ProviderV4>().toExtend<AiSdkProvider>();
aiSdk({ id: "speech", provider: createElevenLabs() });
aiSdk({ id: "mistral-v2", provider: createMistralV2() });
aiSdk({ id: "mistral-v3", provider: createMistralV3() });
// @ts-expect-error not called
aiSdk({ id: "claude", provider: createAnthropic });
// @ts-expect-error no id
aiSdk({ provider: anthropic });
// @ts-expect-error the package has the key
aiSdk({ id: "claude", provider: anthropic, apiKey: "sk" });
// @ts-expect-error weights are numbers
aiSdk({ id: "claude", provider: anthropic, weight: "3" });

// What no plugin claims is refused in the gateway, at the channel that has it.
expectTypeOf(aiSdk({ id: "claude", provider: anthropic, wieght: 3 })).toEqualTypeOf<
  ChannelSpec<{ readonly wieght: 3 }>
>();
// @ts-expect-error misspelt
defineGateway({ providers: [aiSdk({ id: "claude", provider: anthropic, wieght: 3 })] });
