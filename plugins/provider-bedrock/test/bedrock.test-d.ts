import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { bedrock } from "../src/index.ts";

// Without an argument, with channel options and its own, and with settings that a plugin claims.
expectTypeOf(bedrock()).toEqualTypeOf<ChannelSpec<{}>>();
const credentials = () => Promise.resolve({ accessKeyId: "id", secretAccessKey: "secret" });
expectTypeOf(bedrock({ id: "eu", region: "eu-central-1", credentials, weight: 3 })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(bedrock({ budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
defineGateway({ providers: [bedrock({ guardrail: { id: "gr", version: "1" }, messages: true })] });
// @ts-expect-error half of the keys
bedrock({ credentials: { accessKeyId: "id" } });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [bedrock({ budget: 5 })] });
