import { definePlugin } from "@sluice/core";
import { testPlugin } from "../src/index.ts";

/** A plugin with every stage, each of which hands on what it got. */
const witness = definePlugin("witness", () => ({
  admit: () => ({ since: 1 }),
  request: () => {},
  route: (plan) => plan,
  respond: (_ctx, next) => next(),
  attempt: (_ctx, _attempt, next) => next(),
  async *stream(events) {
    for await (const event of events) yield event;
  },
  settle: () => {},
}));

testPlugin(() => witness());
