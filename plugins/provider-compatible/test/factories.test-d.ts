import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { compatible, deepseek, groq, minimax, type VendorId } from "../src/index.ts";

// The common case of a config.
expectTypeOf(groq({ models: ["llama-*"] })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(deepseek()).toEqualTypeOf<ChannelSpec<{}>>();
defineGateway({ providers: [groq({ models: ["llama-*"] }), deepseek(), minimax({ weight: 2 })] });

// The table is a union of names; any other vendor needs an id and an address.
expectTypeOf<"deepseek">().toExtend<VendorId>();
expectTypeOf(compatible({ vendor: "deepseek", weight: 3 })).toEqualTypeOf<ChannelSpec<{}>>();
compatible({ id: "acme", baseURL: "https://api.acme.example/v1", keyVariables: ["ACME_API_KEY"] });
// @ts-expect-error a vendor that the table does not know
compatible({ vendor: "deepsek" });
// @ts-expect-error no address
compatible({ id: "acme" });
// @ts-expect-error weights are numbers
groq({ weight: "3" });

// What no plugin claims is refused in the gateway, at the channel that has it.
expectTypeOf(groq({ wieght: 3 })).toEqualTypeOf<ChannelSpec<{ readonly wieght: 3 }>>();
// @ts-expect-error misspelt
defineGateway({ providers: [groq({ wieght: 3 })] });
