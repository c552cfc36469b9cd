import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { openai } from "../src/index.ts";

// Without an argument, with channel options, and with settings that a plugin claims.
expectTypeOf(openai()).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(openai({ id: "second", weight: 3, models: ["a-*"] })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(openai({ budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
defineGateway({ providers: [openai(), openai({ id: "second" })] });
// @ts-expect-error weights are numbers
openai({ weight: "3" });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [openai({ budget: 5 })] });
