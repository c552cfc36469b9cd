import { defineGateway, type ChannelSpec } from "@sluice/core";
import { expectTypeOf } from "vitest";
import { vertex } from "../src/index.ts";

// Without an argument, with channel options and its own, and with settings that a plugin claims.
expectTypeOf(vertex()).toEqualTypeOf<ChannelSpec<{}>>();
expectTypeOf(vertex({ project: "p", location: "eu", accessToken: () => "t", weight: 3 })).toEqualTypeOf<
  ChannelSpec<{}>
>();
expectTypeOf(vertex({ budget: 5 })).toEqualTypeOf<ChannelSpec<{ readonly budget: 5 }>>();
vertex({ project: "p", serviceAccount: { client_email: "a@b", private_key: "…" } });
// @ts-expect-error an account without a key
vertex({ project: "p", serviceAccount: { client_email: "a@b" } });
// @ts-expect-error no plugin claims it
defineGateway({ providers: [vertex({ budget: 5 })] });
