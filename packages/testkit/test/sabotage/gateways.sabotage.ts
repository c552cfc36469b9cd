import { definePlugin, defineProvider } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { describe } from "vitest";
import { testPlugin, testProvider } from "../../src/index.ts";

describe("leaky provider", () => {
  testProvider(
    defineProvider({
      id: "leaky",
      name: "Leaky",
      dialects,
      speaks: ["openai-chat"],
      baseURL: "http://api.leaky.example/v1/",
      keyVariables: ["leaky-key"],
      auth: { type: "header", name: "x-key" },
    }),
  );
});

const calls = { count: 0 };
/** Counts across gateways. */
const sharing = definePlugin("sharing", () => ({
  async *stream(events) {
    calls.count++;
    for await (const event of events) {
      yield event.type === "text-delta" ? { ...event, text: `${calls.count} ${event.text}` } : event;
    }
  },
}));
/** Depends on where the upstream cuts. */
const chunky = definePlugin("chunky", () => ({
  async *stream(events) {
    for await (const event of events) yield event.type === "text-delta" ? { ...event, text: `${event.text}|` } : event;
  },
}));

for (const plugin of [sharing, chunky]) {
  describe(`${plugin.id} plugin`, () => {
    testPlugin(() => plugin(), { rewrites: true });
  });
}
