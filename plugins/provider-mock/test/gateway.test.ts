import Anthropic from "@anthropic-ai/sdk";
import { createGateway, type GatewayConfig } from "@sluice/core";
import { createWorld } from "@sluice/testkit";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { mock } from "../src/index.ts";

const hello = [{ role: "user" as const, content: "Hello there" }];
const look = {
  name: "look",
  parameters: { type: "object", properties: { where: { type: "string" } }, required: ["where"] },
};

/** Official clients in front of a gateway that has nothing but mocks, in virtual time. */
function createClients(config: Partial<GatewayConfig> = {}) {
  const world = createWorld({ seed: 1 });
  const gateway = createGateway({ providers: [mock()], ...config }, world.ports);
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  const options = { apiKey: "none", maxRetries: 0, fetch };
  return {
    world,
    gateway,
    openai: new OpenAI({ ...options, baseURL: "http://gateway.test/v1" }),
    anthropic: new Anthropic({ ...options, baseURL: "http://gateway.test/claude" }),
  };
}

describe("mock models behind a gateway", () => {
  test("are ready without a key and listed as mock", () => {
    const { gateway } = createClients();
    const { channels, served } = gateway.inspect();
    expect(channels).toMatchObject([
      { id: "mock", provider: "mock", mock: true, state: "ready", key: { from: "none" } },
    ]);
    expect(served.map(({ id }) => id)).toEqual(expect.arrayContaining(["mock/echo", "mock/flaky"]));
  });

  test("are named as mock in the receipt, at a pretend price", async () => {
    const { openai, world } = createClients();
    const answer = await world.run(openai.chat.completions.create({ model: "mock/echo", messages: hello }));
    expect(answer.choices[0]?.message.content).toBe("Hello there");
    expect(answer).toMatchObject({
      sluice: { mock: true, provider: "mock", price_source: expect.stringContaining("pretend") },
    });
    // 6 tokens in at 1, 2 out at 4 millionths of a dollar.
    expect(answer).toMatchObject({ sluice: { cost_nano_usd: "14000" } });
  });

  test("stream to a client of another dialect", async () => {
    const { anthropic, world } = createClients();
    const stream = anthropic.messages.stream({ model: "mock/lorem", max_tokens: 5, messages: hello });
    const message = await world.run(stream.finalMessage());
    expect(message).toMatchObject({
      content: [{ type: "text", text: "Lorem ipsum dolor sit amet," }],
      stop_reason: "max_tokens",
      usage: { output_tokens: 5 },
    });
  });

  test("call tools for a client of another dialect, and answer with its results", async () => {
    const { anthropic, world } = createClients();
    const tools = [{ name: look.name, input_schema: look.parameters as Anthropic.Tool.InputSchema }];
    const first = await world.run(
      anthropic.messages.create({ model: "mock/tools", max_tokens: 99, messages: hello, tools }),
    );
    expect(first).toMatchObject({
      stop_reason: "tool_use",
      content: [{ type: "tool_use", name: "look", input: { where: "mock" } }],
    });

    const [use] = first.content;
    const results = [
      { type: "tool_result" as const, tool_use_id: use?.type === "tool_use" ? use.id : "", content: "a tree" },
    ];
    const messages = [
      ...hello,
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: results },
    ];
    const second = await world.run(anthropic.messages.create({ model: "mock/tools", max_tokens: 99, messages, tools }));
    expect(second.content).toMatchObject([{ type: "text", text: "The tools answered.\nlook: a tree" }]);
  });

  test("show a fallback: a fault is followed by the next target, with its reason", async () => {
    const { openai, world } = createClients({ models: { default: { targets: ["mock/flaky-503", "mock/echo"] } } });
    const answer = await world.run(openai.chat.completions.create({ model: "default", messages: hello }));
    expect(answer.choices[0]?.message.content).toBe("Hello there");
    expect(answer).toMatchObject({
      sluice: {
        attempts: [
          { target: "mock/flaky-503", outcome: "overloaded", status: 503 },
          { target: "mock/echo", outcome: "ok" },
        ],
      },
    });
  });

  test("cut a stream that the client then sees fail", async () => {
    const { openai, world } = createClients();
    const text = "A sentence of several words";
    const reading = async () => {
      const messages = [{ role: "user" as const, content: text }];
      const stream = await openai.chat.completions.create({ model: "mock/flaky-cut", messages, stream: true });
      return Array.fromAsync(stream);
    };
    await expect(world.run(reading())).rejects.toThrow(/cut|ended|truncated|lost/i);
  });
});

describe("what makes no text", () => {
  const tale = ["the river ends at the gate", "boats on the river", "a recipe for bread"];

  test("is embedded so that texts which share words are near to each other, in numbers and in base64", async () => {
    const { openai, world } = createClients();
    const model = "mock/embed";
    const numbers = await world.run(openai.embeddings.create({ model, input: tale, encoding_format: "float" }));
    // The library asks for base64 unless told otherwise, and decodes it.
    const { data, usage } = await world.run(openai.embeddings.create({ model, input: tale }));
    expect(data.map(({ embedding }) => embedding)).toEqual(numbers.data.map(({ embedding }) => embedding));
    expect(usage.prompt_tokens).toBeGreaterThan(0);
    const [first = [], second = [], third = []] = data.map(({ embedding }) => embedding);
    const nearness = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
    expect(nearness(first, first)).toBeCloseTo(1);
    expect(nearness(first, second)).toBeGreaterThan(nearness(first, third));
    const short = await world.run(openai.embeddings.create({ model, input: "x", dimensions: 3 }));
    expect(short.data[0]?.embedding).toHaveLength(3);
  });

  test("is judged by what it names", async () => {
    const { openai, world } = createClients();
    const input = ["a calm day", "violence on a screen"];
    const { results } = await world.run(openai.moderations.create({ model: "mock/moderate", input }));
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
  });

  test("is ranked by the words of the query", async () => {
    const { gateway, world } = createClients();
    const body = { model: "mock/rerank", query: "the gate of the river", documents: tale, top_n: 2 };
    const request = new Request("http://gateway.test/v1/rerank", { method: "POST", body: JSON.stringify(body) });
    request.headers.set("content-type", "application/json");
    const { results } = (await world.run(gateway.fetch(request).then((response) => response.json()))) as {
      results: { index: number }[];
    };
    expect(results.map(({ index }) => index)).toEqual([0, 1]);
  });

  test("is counted, for any model and any client", async () => {
    const { openai, anthropic, world } = createClients();
    const input = "Hello there";
    const counted = await world.run(openai.responses.inputTokens.count({ model: "mock/echo", input }));
    const messages = [{ role: "user" as const, content: input }];
    const other = await world.run(anthropic.messages.countTokens({ model: "mock/echo", messages }));
    expect([counted.input_tokens, other.input_tokens]).toEqual([6, 6]);
  });

  test.each([
    ["embeddings", { model: "mock/echo", input: "x" }, 404],
    ["embeddings", { model: "mock/embed", input: [""] }, 400],
    ["embeddings", { model: "mock/embed", input: "x", dimensions: 0 }, 400],
    ["moderations", { model: "mock/moderate", input: [] }, 400],
    ["rerank", { model: "mock/rerank", query: "q", documents: [] }, 400],
  ])("is refused at %s where %j makes no sense", async (path, body, status) => {
    const { gateway, world } = createClients();
    const headers = { "content-type": "application/json" };
    const request = new Request(`http://gateway.test/v1/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect((await world.run(gateway.fetch(request))).status).toBe(status);
  });
});

test("two mocks in one gateway keep their own sequences", async () => {
  const config = {
    providers: [mock({ id: "a", seed: 3, models: ["flaky"] }), mock({ id: "b", seed: 3, models: ["flaky"] })],
  };
  const { openai, world } = createClients({ ...config, attempts: 1 });
  const met = async (channel: string) => {
    const outcomes: string[] = [];
    for (let call = 0; call < 8; call += 1) {
      const asking = openai.chat.completions.create({ model: `${channel}/flaky`, messages: hello });
      outcomes.push(
        await world.run(asking).then(
          () => "ok",
          (error: { code?: string; status?: number }) => `${error.status} ${error.code}`,
        ),
      );
    }
    return outcomes;
  };
  const first = await met("a");
  expect(new Set(first).size).toBeGreaterThan(2);
  expect(await met("b")).toEqual(first);
});
