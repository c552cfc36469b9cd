import type { JsonObject } from "@sluice/core";
import { afterAll, beforeAll, expect } from "vitest";
import type { ClientName } from "./clients.ts";
import { describePairs, member, models, type Pair } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

interface Wire {
  path: (model: string) => string;
  question: (text: string) => JsonObject;
  /** Asks for the likelihood of each token, and finds the tokens in the answer. */
  likely: JsonObject;
  tokensIn: (answer: JsonObject) => unknown[];
  /** Asks for two answers, and finds them; absent where a call has one. */
  twice?: { ask: JsonObject; textsIn: (answer: JsonObject) => unknown[] };
}

const wires: Readonly<Partial<Record<ClientName, Wire>>> = {
  "openai-chat": {
    path: () => "/v1/chat/completions",
    question: (content) => ({ messages: [{ role: "user", content }] }),
    likely: { logprobs: true, top_logprobs: 1 },
    tokensIn: (answer) => named(member(answer, "choices.0.logprobs.content"), "token"),
    twice: { ask: { n: 2 }, textsIn: (answer) => named(answer["choices"], "message.content") },
  },
  "openai-responses": {
    path: () => "/v1/responses",
    question: (input) => ({ input }),
    likely: { include: ["message.output_text.logprobs"], top_logprobs: 1 },
    tokensIn: (answer) => named(member(answer, "output.0.content.0.logprobs"), "token"),
  },
  gemini: {
    path: (model) => `/v1beta/models/${model}:generateContent`,
    question: (text) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
    likely: { generationConfig: { responseLogprobs: true, logprobs: 1 } },
    tokensIn: (answer) => named(member(answer, "candidates.0.logprobsResult.chosenCandidates"), "token"),
    twice: {
      ask: { generationConfig: { candidateCount: 2 } },
      textsIn: (answer) => named(answer["candidates"], "content.parts.0.text"),
    },
  },
};

function named(list: unknown, path: string): unknown[] {
  return Array.isArray(list) ? list.map((item) => member(item, path)) : [];
}

const rivers = "Tell me about rivers";

// Anthropic's wire has neither.
describePairs(
  "Answers",
  () => running,
  (pair) => {
    const { client } = pair;
    const wire = wires[client];
    if (wire === undefined) return;
    pair.check("likelihood of each token", async () => {
      const answer = await ask(pair, wire, wire.likely);
      expect(wire.tokensIn(answer).join("")).toBe(rivers);
    });
    const { twice } = wire;
    if (twice === undefined) return;
    pair.check("two answers", async () => {
      expect(twice.textsIn(await ask(pair, wire, twice.ask))).toEqual([rivers, rivers]);
    });
  },
  ({ client, streamed }) => !streamed && wires[client] !== undefined,
);

async function ask({ client, upstream }: Pair, { path, question }: Wire, wish: JsonObject): Promise<JsonObject> {
  const model = models[upstream];
  const response = await fetch(running.url + path(model), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...(client === "gemini" ? {} : { model }), ...question(rivers), ...wish }),
  });
  const answer = (await response.json()) as JsonObject;
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
