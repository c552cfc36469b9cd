import { definePlugin } from "@sluice/core";

/** Requests tagged `plan: paid` are served by the last target first. */
export const paidFirst = definePlugin("paidFirst", () => ({
  route(plan, ctx) {
    if (ctx.extras.tags?.["plan"] !== "paid") return plan;
    return { ...plan, targets: plan.targets.toReversed(), why: [...plan.why, "paid requests: last target first"] };
  },
}));
