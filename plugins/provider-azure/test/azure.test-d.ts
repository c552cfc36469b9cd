import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { azure } from "../src/index.ts";

// With its own options, with those of every channel, and with settings that a plugin claims.
expectTypeOf(azure({ resource: "mine" })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(azure({ baseURL: "https://mine.example/openai/v1", weight: 3 })).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(azure({ resource: "mine", budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
defineGateway({ providers: [azure({ resource: "mine", token: () => Promise.resolve("t") })] });
// @ts-expect-error every customer has a resource of their own
azure();
// @ts-expect-error an application without a secret
azure({ resource: "mine", entra: { tenantId: "t", clientId: "c" } });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [azure({ resource: "mine", budget: 5 })] });
