import { afterAll, beforeAll, expect, test } from "vitest";
import { clientNames, clients } from "./clients.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

test("a client's effort goes to the nearest that the model offers, with a warning", async () => {
  const talk = (effort: string, model: string) =>
    clients["openai-chat"]({ url: running.url, model }, { extras: { reasoning_effort: effort } }, false);
  const asked = [
    ["chat/gpt-5.1", "xhigh", "high"],
    ["chat/gpt-5.1", "none", "none"],
    ["chat/o3", "none", "low"],
    ["chat/o3", "medium", "medium"],
  ] as const;
  for (const [model, effort, reached] of asked) {
    await talk(effort, model).ask("Hi");
    expect(running.upstreamBody()["reasoning_effort"]).toBe(reached);
    const changed = (await running.warnings()).includes("changed_parameter reasoning_effort");
    expect(changed).toBe(effort !== reached);
  }
});

const encrypted = "gAAAAB+/=opaque";

/** A vendor of the chat dialect that encrypts its reasoning, as routers of many models do. */
function routed(streamed: boolean): string {
  const details = [
    { type: "reasoning.encrypted", data: encrypted, id: "rs_1", format: "openai-responses-v1", index: 0 },
  ];
  const call = {
    index: 0,
    id: "call_1",
    type: "function",
    function: { name: "get_weather", arguments: '{"city":"Paris"}' },
  };
  const said = { role: "assistant", content: null, reasoning_details: details, tool_calls: [call] };
  const head = { id: "gen-1", created: 1, model: "m" };
  if (!streamed) {
    const choices = [{ index: 0, message: said, finish_reason: "tool_calls" }];
    return JSON.stringify({ ...head, object: "chat.completion", choices });
  }
  const chunks = [
    { index: 0, delta: said, finish_reason: null },
    { index: 0, delta: {}, finish_reason: "tool_calls" },
  ].map((choice) => JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [choice] }));
  return [...chunks, "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
}

test.each(clientNames.flatMap((client) => [false, true].map((streamed) => [client, streamed] as const)))(
  "encrypted reasoning finds its way back through the %s client (streamed: %s)",
  async (client, streamed) => {
    const contentType = streamed ? "text/event-stream" : "application/json";
    running.literal.answer = { contentType, body: routed(streamed) };
    const talk = clients[client]({ url: running.url, model: "router/some-model" }, { tools: "weather" }, streamed);
    const { calls } = await talk.ask("What is the weather in Paris?");
    expect(calls).toHaveLength(1);
    await talk.answer(sunny);
    const { messages } = JSON.parse(running.literal.bodies.at(-1) ?? "{}") as { messages: object[] };
    expect(messages[1]).toMatchObject({
      reasoning_details: [{ type: "reasoning.encrypted", data: encrypted, id: "rs_1" }],
      tool_calls: [{ id: "call_1" }],
    });
  },
);
