import { definePlugin } from "@sluice/core";
import { z } from "zod";

/** Says on every receipt who asked and for what: `x-team` in a header, `"feature"` in the request body. */
export const caller = definePlugin("caller", () => ({
  // A request field of the gateway's own: typed as ctx.extras.feature, never sent to a provider.
  extras: { feature: z.string().max(64).optional() },
  // Runs before the body is read, and may refuse. What it returns is ctx.caller from here on.
  admit: (ctx) => ({ team: ctx.headers.get("x-team") ?? "unknown" }),
  // Becomes `caller` in the receipt, in every answer and in the log.
  request: (ctx) => ctx.report({ team: ctx.caller.team, feature: ctx.extras.feature ?? null }),
}));
