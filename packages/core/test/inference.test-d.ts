import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { definePlugin, maybe } from "../src/plugin.ts";

const keys = definePlugin("keys", (_options: { header?: string }) => ({
  extras: { project: z.string().optional() },
  admit: async (ctx) => ({ principal: { team: ctx.headers.get("x-team") ?? "none" } }),
}));

const budget = definePlugin("budget", (options: { limit: number }) => ({
  uses: [keys, maybe(keys)],
  extras: { max_cost: z.number().optional(), priority: z.enum(["low", "high"]).default("low") },
  model: { ceiling: z.number().optional() },
  channel: { ledger: z.string().optional() },
  admit(ctx) {
    expectTypeOf(ctx.keys.principal.team).toEqualTypeOf<string>();
    return { left: options.limit };
  },
  request: (ctx) => {
    expectTypeOf(ctx.extras.max_cost).toEqualTypeOf<number | undefined>();
    expectTypeOf(ctx.extras.priority).toEqualTypeOf<"low" | "high">();
    expectTypeOf(ctx.extras.project).toEqualTypeOf<string | undefined>();
    expectTypeOf(ctx.budget.left).toEqualTypeOf<number>();
    expectTypeOf(ctx.model.ceiling).toEqualTypeOf<number | undefined>();
    // @ts-expect-error no plugin of that name is used
    ctx.quota;
    // @ts-expect-error no such extra is claimed
    ctx.extras.max_price;
  },
  async respond(ctx, next) {
    expectTypeOf(ctx.budget.left).toEqualTypeOf<number>();
    return next();
  },
  attempt: (ctx, attempt, next) => {
    expectTypeOf(attempt.channel.settings.ledger).toEqualTypeOf<string | undefined>();
    expectTypeOf(ctx.budget.left).toEqualTypeOf<number>();
    return next();
  },
  routes: { "GET /v1/budget": (_call, ctx) => ({ left: ctx.budget.left, team: ctx.keys.principal.team }) },
}));

describe("inference", () => {
  test("options are typed", () => {
    budget({ limit: 1 });
    // @ts-expect-error a wrong type
    budget({ limit: "1" });
    // @ts-expect-error a missing option
    budget();
    keys();
  });
});
