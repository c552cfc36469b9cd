import { createGateway, defineProvider } from "@sluice/core";
import type { Gateway, Receipt } from "@sluice/core";
import { createMockUpstream, createWorld } from "@sluice/testkit";
import type { MockUpstream } from "@sluice/testkit";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dialects } from "../../src/index.ts";

let upstream: MockUpstream;
let gateway: Gateway;
let openai: OpenAI;
const receipts: Receipt[] = [];

beforeAll(async () => {
  upstream = await createMockUpstream();
  const channel = (id: string, speaks: readonly string[], baseURL: string, header?: string) =>
    defineProvider({
      id,
      name: id,
      dialects,
      speaks,
      baseURL,
      keyVariables: [],
      auth: header === undefined ? { type: "bearer" } : { type: "header", name: header },
    })({ apiKey: "key-of-the-operator" });
  const { logger } = createWorld({ seed: 1 }).ports;
  gateway = createGateway(
    {
      providers: [
        channel("native", ["openai-completions"], upstream.baseURL("openai-completions")),
        channel("both", ["openai-chat", "openai-completions"], upstream.baseURL("openai-chat")),
        channel("chat", ["openai-chat"], upstream.baseURL("openai-chat")),
        channel("anthropic", ["anthropic"], upstream.baseURL("anthropic"), "x-api-key"),
        channel("gemini", ["gemini"], upstream.baseURL("gemini"), "x-goog-api-key"),
      ],
      attempts: 1,
    },
    { logger },
  );
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  openai = new OpenAI({ apiKey: "none", baseURL: "http://gateway.test/v1", maxRetries: 0, fetch });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gateway.close({ graceMs: 0 });
  await upstream.close();
});

type Params = Omit<OpenAI.CompletionCreateParamsNonStreaming, "model" | "stream">;
const ask = (model: string, params: Params) => openai.completions.create({ ...params, model });

async function stream(model: string, params: Params) {
  const chunks = await Array.fromAsync(
    await openai.completions.create({ ...params, model, stream: true, stream_options: { include_usage: true } }),
  );
  const texts = new Map<number, string>();
  for (const { text, index } of chunks.flatMap(({ choices }) => choices))
    texts.set(index, (texts.get(index) ?? "") + text);
  return { chunks, texts: [...texts.values()], usage: chunks.findLast((chunk) => chunk.usage)?.usage ?? null };
}

const textsOf = ({ choices }: OpenAI.Completion) => choices.map(({ text }) => text);
const prompt = "Once upon a time";
const said = ` and so says "${prompt}"`;

describe("before an upstream that completes texts", () => {
  test.each([
    ["a text", { prompt }, [said]],
    ["several", { prompt: ["a", "b"] }, [' and so says "a"', ' and so says "b"']],
    ["tokens", { prompt: [1, 2] }, [' and so says "1 2"']],
    ["choices", { prompt, n: 2 }, [said, said]],
    ["a suffix", { prompt, suffix: "the end" }, [" between the end"]],
    ["an echo with probabilities", { prompt, echo: true, logprobs: 1 }, [prompt + said]],
  ] as const)("%s go as they are, whole and streamed", async (_, params, texts) => {
    expect(textsOf(await ask("native/m", params as unknown as Params))).toEqual(texts);
    const streamed = await stream("native/m", params as unknown as Params);
    expect(streamed.texts).toEqual(texts);
    expect(streamed.usage).toMatchObject({ prompt_tokens: expect.any(Number) });
    expect(receipts.slice(-2)).toMatchObject([
      { path: "byte", complete: true },
      { path: "byte", complete: true },
    ]);
    expect(upstream.requests.map(({ json }) => json)).toMatchObject([
      { ...params, model: "m" },
      { ...params, model: "m", stream: true },
    ]);
  });

  test("a chat of one message is completed for every client, and a longer one refused before it is sent", async () => {
    const messages = [{ role: "user" as const, content: prompt }];
    const one = await openai.chat.completions.create({ model: "native/m", messages, max_tokens: 9 });
    expect(one.choices[0]?.message.content).toBe(said);
    expect(upstream.requests[0]?.json).toEqual({ model: "m", prompt, max_tokens: 9 });
    const turns = [...messages, { role: "assistant" as const, content: "x" }, ...messages];
    await expect(openai.chat.completions.create({ model: "native/m", messages: turns })).rejects.toMatchObject({
      status: 400,
      param: "messages",
    });
    expect(upstream.requests).toHaveLength(1);
  });

  test("probabilities are told in the words of chat", async () => {
    const messages = [{ role: "user" as const, content: "hi" }];
    const { choices } = await openai.chat.completions.create({ model: "native/m", messages, logprobs: true });
    expect(choices[0]?.logprobs?.content?.[0]).toMatchObject({ token: " and", logprob: -0.5 });
  });
});

describe.each(["chat", "anthropic", "gemini"])("before an upstream of conversations (%s)", (channel) => {
  const model = `${channel}/${channel === "chat" ? "gpt-4.1-mini" : channel === "anthropic" ? "claude-haiku-4-5" : "gemini-2.5-flash"}`;

  test("a text is said by a user, whole and streamed", async () => {
    const whole = await ask(model, { prompt, max_tokens: 50 });
    expect(whole).toMatchObject({
      object: "text_completion",
      choices: [{ text: prompt, index: 0, finish_reason: "stop" }],
    });
    const streamed = await stream(model, { prompt, max_tokens: 50 });
    expect(streamed).toMatchObject({ texts: [prompt], usage: { prompt_tokens: expect.any(Number) } });
    expect(streamed.chunks.every(({ object }) => object === "text_completion")).toBe(true);
    expect(receipts.at(-1)).toMatchObject({ path: "codec", dialect: "openai-completions", complete: true });
  });

  test("an echo is made here", async () => {
    expect(textsOf(await ask(model, { prompt, echo: true }))).toEqual([prompt + prompt]);
    expect((await stream(model, { prompt, echo: true })).texts).toEqual([prompt + prompt]);
  });

  test("a limit ends it with its own word", async () => {
    const { choices } = await ask(model, { prompt: "one two three four", max_tokens: 2 });
    expect(choices[0]?.finish_reason).toBe("length");
  });

  test.each([
    ["prompt", { prompt: ["a", "b"] }],
    ["prompt", { prompt: [1, 2] }],
    ["suffix", { prompt, suffix: "x" }],
    ["best_of", { prompt, best_of: 2 }],
    ["echo", { prompt, echo: true, logprobs: 1 }],
  ] as const)("what a conversation cannot hold is refused: %s of %j", async (field, params) => {
    await expect(ask(model, params as unknown as Params)).rejects.toMatchObject({ status: 400, param: field });
    expect(upstream.requests).toEqual([]);
  });

  test.each(["cut:1", "reset:1", "error-event:1"] as const)("%s never looks like a whole text", async (fault) => {
    upstream.script([fault]);
    await expect(stream(model, { prompt })).rejects.toMatchObject({ message: expect.stringMatching(/.+/) });
  });
});

test("an upstream of both is asked in the client's own form, and in the other by everybody else", async () => {
  await ask("both/m", { prompt: ["a", "b"] });
  await openai.chat.completions.create({ model: "both/m", messages: [{ role: "user", content: "hi" }] });
  expect(upstream.requests.map(({ dialect }) => dialect)).toEqual(["openai-completions", "openai-chat"]);
});

test("probabilities of chat are told in the legacy form", async () => {
  const { choices } = await ask("chat/gpt-4.1-mini", { prompt, logprobs: 2 });
  const { tokens = [], text_offset = [] } = choices[0]?.logprobs ?? {};
  expect(tokens.join("")).toBe(choices[0]?.text);
  expect(text_offset[0]).toBe(0);
  expect(text_offset.at(-1)).toBe((choices[0]?.text.length ?? 0) - (tokens.at(-1)?.length ?? 0));
});

test.each([
  [{ model: "chat/m" }, "prompt"],
  [{ model: "chat/m", prompt: [] }, "prompt"],
  [{ model: "chat/m", prompt: [{}] }, "prompt[0]"],
  [{ model: "chat/m", prompt: "x", logprobs: "two" }, "logprobs"],
  [{ model: "", prompt: "x" }, "model"],
])("%j is refused by name: %s", async (body, param) => {
  const headers = { "content-type": "application/json" };
  const request = new Request("http://gateway.test/v1/completions", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const response = await gateway.fetch(request);
  expect([response.status, (await response.json()) as unknown]).toEqual([
    400,
    expect.objectContaining({ error: expect.objectContaining({ param }) }),
  ]);
});
