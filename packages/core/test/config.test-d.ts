import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineGateway, definePlugin, defineProvider } from "../src/index.ts";
import type { ChannelSettings, ExtraFields, ModelSettings, RoutesOf } from "../src/index.ts";

const acme = defineProvider({
  id: "acme",
  name: "Acme",
  dialects: [],
  speaks: [],
  baseURL: "https://acme.test",
  keyVariables: [],
  auth: { type: "none" },
});

const limits = definePlugin("limits", (_options: { strict?: boolean }) => ({
  extras: { max_cost: z.number().optional() },
  model: { ceiling: z.number().optional() },
  channel: { rpm: z.number().int().optional() },
  admit: () => ({ left: 1 }),
  routes: { "GET /v1/limits": (_call, ctx) => ({ left: ctx.limits.left }) },
}));
const router = definePlugin("router", () => ({
  uses: [limits],
  model: { strategy: z.enum(["cheapest", "fastest"]).optional() },
  route: (plan, ctx) =>
    ctx.model.strategy === "cheapest" && ctx.limits.left > 0 ? plan : { ...plan, why: [...plan.why, "as listed"] },
}));

describe("a config", () => {
  test("infers model and channel settings from its plugins", () => {
    defineGateway({
      providers: [acme(), acme({ id: "acme-2", weight: 3, rpm: 500 })],
      models: { fast: { targets: ["acme/a"], strategy: "cheapest", ceiling: 2 }, "a-*": "acme/*" },
      plugins: [limits(), router()],
    });
  });

  test("refuses what no plugin claims", () => {
    defineGateway({
      // @ts-expect-error the field of the channel is misspelt
      providers: [acme({ id: "acme-2", rpn: 500 })],
      plugins: [limits()],
    });
    defineGateway({
      providers: [acme()],
      // @ts-expect-error the setting is misspelt
      models: { fast: { targets: ["acme/a"], stratgy: "cheapest" } },
      plugins: [limits(), router()],
    });
    defineGateway({
      providers: [acme()],
      // @ts-expect-error no such strategy
      models: { fast: { targets: ["acme/a"], strategy: "slowest" } },
      plugins: [limits(), router()],
    });
    defineGateway({
      providers: [acme()],
      // @ts-expect-error no plugin claims it
      models: { fast: { targets: ["acme/a"], strategy: "cheapest" } },
    });
    defineGateway({
      // @ts-expect-error a wrong type for a setting that a plugin claims
      providers: [acme({ rpm: "many" })],
      plugins: [limits()],
    });
    // @ts-expect-error the option has another type
    acme({ weight: "3" });
  });

  test("gives its plugins' fields to clients and consoles", () => {
    const plugins = [limits(), router()] as const;
    type Plugins = typeof plugins;
    expectTypeOf<ExtraFields<Plugins>>().toEqualTypeOf<{ max_cost?: number | undefined }>();
    expectTypeOf<ModelSettings<Plugins>>().toEqualTypeOf<{
      ceiling?: number | undefined;
      strategy?: "cheapest" | "fastest" | undefined;
    }>();
    expectTypeOf<ChannelSettings<Plugins>>().toEqualTypeOf<{ rpm?: number | undefined }>();
    expectTypeOf<RoutesOf<Plugins>["GET /v1/limits"]>().toEqualTypeOf<{ left: number }>();
  });

  test("refuses an unknown field of a plugin object", () => {
    // @ts-expect-error `respnd` is no stage
    definePlugin("typo", () => ({ respnd: () => {} }));
  });
});
