import { definePlugin } from "@sluice/core";
import type { StreamEvent } from "@sluice/core";
import { z } from "zod";

/** Uses every part of a plugin: an extra, a context member, stages, a route, a receipt field. */
export const greeting = definePlugin("greeting", () => ({
  extras: { shout: z.boolean().default(false) },
  admit: (ctx) => ({ caller: ctx.headers.get("x-caller") ?? "nobody" }),
  stream: (events, ctx) => (ctx.extras.shout ? shout(events) : events),
  settle: (ctx) => ctx.report({ caller: ctx.greeting?.caller }),
  routes: { "GET /v1/greeting/:name": (call, ctx) => ({ hello: call.params["name"], caller: ctx.greeting.caller }) },
}));

async function* shout(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent> {
  for await (const event of events)
    yield event.type === "text-delta" ? { ...event, text: event.text.toUpperCase() } : event;
}
