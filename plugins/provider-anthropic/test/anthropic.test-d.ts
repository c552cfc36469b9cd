import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { anthropic } from "../src/index.ts";

// Without an argument, with channel options, and with settings that a plugin claims.
expectTypeOf(anthropic()).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(anthropic({ id: "second", weight: 3, models: ["a-*"] })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(anthropic({ budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
defineGateway({ providers: [anthropic(), anthropic({ id: "second" })] });
// @ts-expect-error weights are numbers
anthropic({ weight: "3" });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [anthropic({ budget: 5 })] });
