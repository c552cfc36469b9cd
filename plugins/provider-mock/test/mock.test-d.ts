import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { mock } from "../src/index.ts";

// The mock's own options are none that a plugin would have to claim.
expectTypeOf(mock()).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(mock({ seed: 7, tokensPerSecond: 200, slowMs: 50, id: "second" })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(mock({ budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
defineGateway({ providers: [mock(), mock({ id: "second", seed: 7 })] });
// @ts-expect-error a seed is a number
mock({ seed: "7" });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [mock({ sede: 7 })] });
