import { compatible } from "@sluice/provider-compatible";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check as cell } from "./cells.ts";
import { upstreamNames } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";

type Body = Omit<OpenAI.CompletionCreateParamsNonStreaming, "model">;

let running: Running;
beforeAll(async () => {
  running = await openGateway({
    channels: (mock) => [
      compatible({
        vendor: "fireworks",
        apiKey: "sk-any",
        baseURL: mock.baseURL("openai-chat"),
        models: ["by-completions"],
        speaks: ["openai-completions"],
      }),
    ],
  });
});
afterAll(() => running.close());

/** Who speaks completions, and whoever has to be asked in a chat of one message. */
const providers = {
  completions: "by-completions",
  ...Object.fromEntries(upstreamNames.map((name) => [name, `by-${name}`])),
};
const prompt = "Once upon a time";

describe.each(Object.entries(providers))("OpenAI's library at completions before %s", (provider, model) => {
  const check = (feature: string, body: () => Promise<void>) =>
    cell({ endpoint: "completions", group: "Completions", client: "openai", provider, feature }, () => running, body);
  const sdk = () => new OpenAI({ apiKey: "sk-any", baseURL: `${running.url}/v1`, maxRetries: 0 }).completions;
  const ask = (more: Partial<Body> = {}) => sdk().create({ model, prompt, ...more });

  check("text", async () => {
    const { choices, object, usage } = await ask();
    expect([object, choices.length, choices[0]?.finish_reason]).toEqual(["text_completion", 1, "stop"]);
    expect(choices[0]?.text).toContain(prompt);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });
  check("stream", async () => {
    const whole = await ask();
    const chunks = await Array.fromAsync(await sdk().create({ model, prompt, stream: true }));
    const pieces = chunks.flatMap(({ choices }) => choices[0]?.text || []);
    expect([pieces.join(""), pieces.length > 1]).toEqual([whole.choices[0]?.text, true]);
  });
  check("usage at the end of a stream", async () => {
    const asked = { model, prompt, stream: true, stream_options: { include_usage: true } } as const;
    const chunks = await Array.fromAsync(await sdk().create(asked));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
  });
  check("echo of the prompt", async () => {
    expect((await ask({ echo: true })).choices[0]?.text.startsWith(prompt)).toBe(true);
  });
  check("several prompts", async () => {
    expect((await ask({ prompt: ["One", "Two"] })).choices).toHaveLength(2);
  });
  check("several answers", async () => {
    expect((await ask({ n: 2 })).choices).toHaveLength(2);
  });
  check("log probabilities", async () => {
    const { tokens = [], token_logprobs = [] } = (await ask({ logprobs: 1 })).choices[0]?.logprobs ?? {};
    expect([tokens.length > 0, token_logprobs.length]).toEqual([true, tokens.length]);
  });
  check("tokens instead of text", async () => {
    expect((await ask({ prompt: [1, 2, 3] })).choices).toHaveLength(1);
  });
  check("what stands behind the gap", async () => {
    expect((await ask({ suffix: "the end" })).choices[0]?.text).toContain("the end");
  });
});
