import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { gemini } from "../src/index.ts";

// Without an argument, with channel options, and with settings that a plugin claims.
expectTypeOf(gemini()).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(gemini({ id: "second", weight: 3, models: ["a-*"] })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(gemini({ budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
defineGateway({ providers: [gemini(), gemini({ id: "second" })] });
// @ts-expect-error weights are numbers
gemini({ weight: "3" });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [gemini({ budget: 5 })] });
