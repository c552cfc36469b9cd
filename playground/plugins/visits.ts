import { definePlugin } from "@sluice/core";

/** Numbers the requests of this process: in each receipt as `visits`, in all at GET /v1/visits. */
export const visits = definePlugin("visits", () => {
  const counts: Record<string, number> = {};
  return {
    admit(ctx) {
      counts[ctx.dialect] = (counts[ctx.dialect] ?? 0) + 1;
      return { number: counts[ctx.dialect] };
    },
    request(ctx) {
      ctx.report({ number: ctx.visits.number });
    },
    routes: { "GET /v1/visits": () => counts },
  };
});
