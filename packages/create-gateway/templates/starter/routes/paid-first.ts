import { definePlugin } from "@sluice/core";

/** Requests with `"tags": { "plan": "paid" }` try one target first. Everybody else keeps the order of the config. */
export const paidFirst = definePlugin("paidFirst", (options: { target: string }) => ({
  // Pure: the same plan and request always give the same plan.
  route(plan, ctx) {
    if (ctx.extras.tags?.plan !== "paid") return plan;
    const chosen = plan.targets.filter((target) => target.id === options.target);
    const others = plan.targets.filter((target) => target.id !== options.target);
    return { ...plan, targets: [...chosen, ...others], why: [...plan.why, `paid: ${options.target} first`] };
  },
}));
