import { afterAll, beforeAll, expect, test } from "vitest";
import { clientNames, clients } from "./clients.ts";
import { describePairs, upstreamNames, type Pair } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";
import { stateIn, thinkers } from "./state.ts";
import { sunny } from "./weather.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const question = "What is the weather in Paris?";
const thought = 'The user asks about "What is the weat';

describePairs(
  "Thinking",
  () => running,
  (pair) => {
    pair.check("effort, and thinking over two turns", async () => {
      for (const model of thinkers[pair.upstream]) await thinksOverTwoTurns(pair, model, "high");
    });
  },
);

// OpenAI's own dialects have no budget; in chat it is said in the words of another vendor, which DeepSeek does not know.
describePairs(
  "Thinking",
  () => running,
  (pair) => {
    pair.check("budget, and thinking over two turns", async () => {
      for (const model of thinkers[pair.upstream]) await thinksOverTwoTurns(pair, model, 2_000);
    });
  },
  ({ client, upstream }) => client !== "openai-responses" && (client !== "openai-chat" || upstream !== "openai-chat"),
);

/** Asks with a tool, answers the call, and finds what the vendor sent beside its call in what the vendor gets back. */
async function thinksOverTwoTurns(pair: Pair, model: string, thinking: "high" | number): Promise<void> {
  // In chat an effort alone does not ask to see what OpenAI's models think.
  const shown = pair.client === "openai-chat" && pair.upstream === "openai-responses";
  const extras = shown ? { extras: { reasoning: { exclude: false } } } : {};
  const talk = pair.talk({ tools: "weather", thinking, maxTokens: 8_000, ...extras }, model);
  const asked = await talk.ask(question);
  expect(asked.thinking).toContain(thought);
  expect(asked.text).not.toContain(thought);
  expect(asked.calls).toHaveLength(1);
  const issued = stateIn(running.upstreamReply(), pair.upstream);

  expect((await talk.answer(sunny)).text).toBe("get_weather says sunny in Paris");
  expect(await running.warnings()).not.toContain("state_dropped messages");
  expect(stateIn(running.upstreamBody(), pair.upstream)).toEqual(issued);
}

describePairs(
  "Thinking",
  () => running,
  (pair) => {
    pair.check("redacted thinking over two turns", async () => {
      const talk = pair.talk({ tools: "weather", thinking: "high", maxTokens: 8_000 }, "anthropic/claude-opus-4-5");
      await talk.ask(`Please think in secret: ${question}`);
      const issued = stateIn(running.upstreamReply(), "anthropic");
      expect(issued).toHaveLength(2);
      await talk.answer(sunny);
      expect(stateIn(running.upstreamBody(), "anthropic")).toEqual(issued);
    });
  },
  ({ upstream }) => upstream === "anthropic",
);

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
      expect(codes.includes("state_dropped")).toBe(from !== "openai-chat" || to !== "gemini");
    }
  },
);
