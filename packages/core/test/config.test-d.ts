import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineGateway } from "../src/gateway.ts";
import { definePlugin } from "../src/plugin.ts";
import type { ExtraFields, ModelSettings } from "../src/plugin.ts";

const plain = definePlugin("plain", () => ({ settle: () => {} }));
const ceiling = definePlugin("ceiling", () => ({
  extras: { max_cost: z.number().optional() },
  model: { ceiling: z.number().optional() },
}));
const cached = definePlugin("cached", () => ({ model: { ttlSeconds: z.number() } }));

describe("the types of a config", () => {
  test("a model may have targets alone when there are no plugins", () => {
    defineGateway({ providers: [], models: { a: { targets: ["mock/echo"] }, b: "mock/echo" } });
    // @ts-expect-error no plugin claims the field
    defineGateway({ providers: [], models: { a: { targets: ["mock/echo"], ceiling: 1 } } });
  });

  test("a model takes the fields of one plugin beside others that claim none", () => {
    defineGateway({ providers: [], models: { a: { targets: ["mock/echo"], ceiling: 1 } }, plugins: [plain(), ceiling()] });
    // @ts-expect-error a wrong type
    defineGateway({ providers: [], models: { a: { targets: ["mock/echo"], ceiling: "1" } }, plugins: [plain(), ceiling()] });
  });

  test("the fields of all plugins come together", () => {
    const both = [plain(), ceiling(), cached()] as const;
    expectTypeOf<ModelSettings<typeof both>>().toEqualTypeOf<{ ceiling?: number | undefined; ttlSeconds: number }>();
    expectTypeOf<ExtraFields<typeof both>>().toEqualTypeOf<{ max_cost?: number | undefined }>();
  });
});
