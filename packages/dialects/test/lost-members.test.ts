import { expect, test } from "vitest";
import { lostRest } from "../src/rest.ts";

test("members that only their own dialect knows are lost once each, and those that are null say nothing", () => {
  const said = (rest: Record<string, null | number>) => ({ role: "assistant" as const, parts: [], rest });
  const messages = [said({ parsed: null, future: 1 }), said({ future: 2 })];
  const request = { operation: "chat", model: "m", stream: false, messages, sampling: {} } as const;
  const losses = lostRest({ ...request, messages, origin: { dialect: "openai-chat", rest: {}, prefers: {} } });
  expect(losses.map(({ field }) => field)).toEqual(["messages.future"]);
});
