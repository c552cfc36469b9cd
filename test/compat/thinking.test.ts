import type { JsonObject } from "@sluice/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientNames, clients } from "./clients.ts";
import { describePairs, member, upstreamNames, type Pair, type UpstreamName } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

// Models that show their thinking and want it back: Claude with its signature, Gemini 3 with its thought signature.
const thinkers: Readonly<Record<UpstreamName, readonly string[]>> = {
  "openai-chat": ["deepseek/deepseek-reasoner"],
  anthropic: ["anthropic/claude-opus-4-5", "anthropic/claude-opus-4-6"],
  gemini: ["gemini/gemini-3-flash-preview"],
};
const question = "What is the weather in Paris?";
const thought = 'The user asks about "What is the weat';

describePairs(
  "Thinking",
  () => running,
  (pair) => {
    pair.check("effort, and thinking over two turns", async () => {
      expect(await thinkingBack(pair, "high")).toEqual(thinkers[pair.upstream]);
    });
  },
);

// Chat has no budget of its own: it is said in the words of another vendor, which DeepSeek does not know.
describePairs(
  "Thinking",
  () => running,
  (pair) => {
    pair.check("budget, and thinking over two turns", async () => {
      expect(await thinkingBack(pair, 2_000)).toEqual(thinkers[pair.upstream]);
    });
  },
  ({ client, upstream }) => client !== "openai" || upstream !== "openai-chat",
);

/** Asks, answers the call, and tells which models got their thinking back. They refuse what they have not signed. */
async function thinkingBack(pair: Pair, thinking: "high" | number): Promise<string[]> {
  const models: string[] = [];
  for (const model of thinkers[pair.upstream]) {
    const talk = pair.talk({ tools: "weather", thinking, maxTokens: 8_000 }, model);
    const asked = await talk.ask(question);
    expect(asked.thinking).toContain(thought);
    expect(asked.text).not.toContain(thought);
    expect(asked.calls).toHaveLength(1);

    expect((await talk.answer(sunny)).text).toBe("get_weather says sunny in Paris");
    expect(await running.warnings()).not.toContain("state_dropped messages");
    expect(returned(running.upstreamBody(), pair.upstream)).toEqual(
      pair.at({
        "openai-chat": asked.thinking,
        anthropic: { type: "thinking", thinking: asked.thinking, signature: expect.any(String) as unknown },
        gemini: expect.not.stringMatching(/^skip_/) as unknown,
      }),
    );
    models.push(model);
  }
  return models;
}

describePairs(
  "Thinking",
  () => running,
  (pair) => {
    pair.check("redacted thinking over two turns", async () => {
      const talk = pair.talk({ tools: "weather", thinking: 2_000, maxTokens: 8_000 }, "anthropic/claude-opus-4-5");
      await talk.ask(`Please think in secret: ${question}`);
      await talk.answer(sunny);
      expect(member(running.upstreamBody(), "messages.1.content.1")).toEqual({
        type: "redacted_thinking",
        data: expect.any(String) as unknown,
      });
    });
  },
  ({ upstream }) => upstream === "anthropic",
);

/** What of the first answer's thinking came back in the second turn. */
function returned(body: JsonObject, upstream: UpstreamName): unknown {
  if (upstream === "anthropic") return member(body, "messages.1.content.0");
  if (upstream === "openai-chat") return member(body, "messages.1.reasoning_content");
  const parts = member(body, "contents.1.parts") as JsonObject[];
  return parts.find((part) => part["functionCall"])?.["thoughtSignature"];
}

const changes = upstreamNames.flatMap((from) =>
  upstreamNames.filter((to) => to !== from).map((to) => [from, to] as const),
);

test.each(clientNames.flatMap((client) => changes.map(([from, to]) => [client, from, to] as const)))(
  "a conversation of the %s client goes on when it moves from %s to %s, and thinking stays behind",
  async (client, from, to) => {
    for (const streamed of [false, true]) {
      const model = thinkers[from].at(-1) as string;
      const talk = clients[client]({ url: running.url, model }, { tools: "weather", thinking: "high" }, streamed);
      await talk.ask(question);
      talk.switchTo(thinkers[to].at(-1) as string);
      expect((await talk.answer(sunny)).text).toBe("get_weather says sunny in Paris");
      expect(JSON.stringify(running.upstreamBody())).not.toContain("sl1.");
      const codes = (await running.warnings()).map((warning) => warning.split(" ")[0]);
      // DeepSeek's thinking has no state, and Gemini's wire takes no other.
      expect(codes.includes("state_dropped")).toBe(from !== "openai-chat" || to === "anthropic");
    }
  },
);
