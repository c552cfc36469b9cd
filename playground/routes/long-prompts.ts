import { definePlugin } from "@sluice/core";

/** Puts the target with the widest context first when a prompt is long. Pure: the same plan and request, the same answer. */
export const longPrompts = definePlugin("longPrompts", ({ characters }: { characters: number }) => ({
  route(plan, ctx) {
    if (ctx.request.operation !== "chat") return plan;
    const length = JSON.stringify(ctx.request.messages).length;
    if (length <= characters) return plan;
    const targets = plan.targets.toSorted((a, b) => (b.info?.contextTokens ?? 0) - (a.info?.contextTokens ?? 0));
    return { ...plan, targets, why: [...plan.why, `widest context first: the prompt has ${length} characters`] };
  },
}));
