import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import type { JsonObject } from "@sluice/core";
import { createMockUpstream, startFront, type Front, type MockUpstream, type RunningFront } from "@sluice/testkit";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { vertex } from "../src/index.ts";
import { expressKey, vertexFront } from "./_front.ts";
import { gatewayOf } from "./_gateway.ts";
import { json, startTokenServer, type TokenServer } from "./_token-server.ts";

let upstream: MockUpstream;
let front: RunningFront;
let tokens: TokenServer;
let accepted: (token: string) => boolean;
beforeAll(async () => {
  upstream = await createMockUpstream({ tokensPerEvent: 2 });
  front = await startFront(
    vertexFront((token) => accepted(token)),
    upstream.url,
  );
});
beforeEach(async () => {
  tokens = await startTokenServer();
  accepted = (token) => tokens.issued.includes(token);
});
afterEach(async () => {
  upstream.reset();
  await tokens.running.close();
});
afterAll(() => Promise.all([front.close(), upstream.close()]));

const place = { project: "my-project", location: "europe-west1" };
const channel = (more: Parameters<typeof vertex>[0] & object = {}) =>
  vertex({ baseURL: `${front.url}/v1`, serviceAccount: tokens.account, ...place, ...more });
const lastCall = () => front.calls.at(-1) ?? refuse();

const gemini = "vertex/gemini-2.5-flash";
const claude = "vertex/claude-haiku-4-5@20251001";

describe("a service account", () => {
  test("has its assertion exchanged once, however many calls wait for it", async () => {
    const { chat } = gatewayOf([channel()]);
    const answers = await Promise.all([gemini, claude, gemini].map((model) => chat({ model })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(tokens.issued).toHaveLength(1);
    expect((await chat({ model: gemini })).status).toBe(200);
    expect(tokens.issued).toHaveLength(1);
    expect(lastCall().headers["authorization"]).toBe("Bearer ya29.token-1");
  });

  test("may come as JSON, also from the environment, with its line ends escaped twice", async () => {
    const escaped = { ...tokens.account, private_key: tokens.account.private_key.replaceAll("\n", "\\n") };
    const env = { GOOGLE_SERVICE_ACCOUNT: JSON.stringify(escaped) };
    const { chat, gateway } = gatewayOf([vertex({ baseURL: `${front.url}/v1`, ...place })], { env });
    expect((await chat({ model: gemini })).status).toBe(200);
    expect(gateway.inspect().channels).toMatchObject([
      { key: { from: "variable", variable: "GOOGLE_SERVICE_ACCOUNT" } },
    ]);
    expect(JSON.stringify(gateway.inspect())).not.toContain("PRIVATE");
  });

  test("gets another token when the one it has is refused", async () => {
    const { chat } = gatewayOf([channel()], { attempts: 1 });
    await chat({ model: gemini });
    accepted = (token) => token === "ya29.token-2";
    expect((await chat({ model: gemini })).status).toBe(502);
    expect((await chat({ model: gemini })).status).toBe(200);
    expect(tokens.issued).toHaveLength(2);
  });

  test.each([
    [
      "refuses",
      json(400, { error: "invalid_grant", error_description: "the assertion eyJhbGciOiJSUzI1NiIs is wrong" }),
      "answered 400 (invalid_grant)",
    ],
    ["fails", json(500, { error: "secret words" }), "answered 500"],
    ["gives no token", json(200, {}), "answered 200"],
  ])(
    "whose endpoint %s is passed over for the next target, and says so without a secret",
    async (_name, answer, said) => {
      tokens.refuseNext(answer);
      const others = vertex({ id: "other", baseURL: `${front.url}/v1`, ...place, accessToken: () => "ya29.other" });
      accepted = (token) => token === "ya29.other";
      const { chat } = gatewayOf([channel({ id: "first" }), others], {
        models: { any: { targets: ["first/gemini-2.5-flash", "other/gemini-2.5-flash"] } },
      });
      const { status, text } = await chat({ model: "any" });
      expect(status).toBe(200);
      const { sluice } = JSON.parse(text) as { sluice: { attempts: { outcome: string; message: string | null }[] } };
      expect(sluice.attempts).toMatchObject([
        { outcome: "credential", message: `the token endpoint ${said}` },
        { outcome: "ok" },
      ]);
      expect(text).not.toMatch(/eyJ|secret words|PRIVATE/);
    },
  );

  test("whose key is none says so, and shows nothing of it", async () => {
    const broken = {
      ...tokens.account,
      private_key: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
    };
    const { chat } = gatewayOf([channel({ serviceAccount: broken })], { attempts: 1 });
    const { status, text } = await chat({ model: gemini });
    expect(status).toBe(502);
    expect(text).toContain("cannot be read");
    expect(text).not.toContain("c2VjcmV0");
  });

  test.each([
    ["no JSON", "{oops"],
    ["no key", { client_email: "a@b" }],
    ["a token endpoint without TLS", () => ({ ...tokens.account, token_uri: "http://example.com/token" })],
  ] as const)("that is %s is refused at the start", (_name, given) => {
    const account = typeof given === "function" ? given() : given;
    const open = () => gatewayOf([channel({ serviceAccount: account as never })]);
    expect(open).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
  });
});

describe("an address", () => {
  test.each([
    [{}, "https://aiplatform.googleapis.com/v1/projects/p/locations/global"],
    [{ location: "us" }, "https://aiplatform.us.rep.googleapis.com/v1/projects/p/locations/us"],
    [
      { location: "europe-west1" },
      "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1",
    ],
  ])("follows from the location: %j", (more, expected) => {
    expect(vertex({ project: "p", ...more }).provider.baseURL).toBe(expected);
  });

  test("has room for nothing but names", () => {
    for (const wrong of [{ project: "a/../b" }, { location: "evil.example/" }])
      expect(() => vertex(wrong)).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
  });

  test("has the publisher and the model of each call", async () => {
    const { chat } = gatewayOf([channel()]);
    const base = "/v1/projects/my-project/locations/europe-west1/publishers";
    await chat({ model: gemini, stream: true });
    expect(lastCall().url).toBe(`${base}/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`);
    await chat({ model: claude });
    expect(lastCall().url).toBe(`${base}/anthropic/models/claude-haiku-4-5@20251001:rawPredict`);
  });
});

describe("express mode", () => {
  const env = { GOOGLE_VERTEX_API_KEY: expressKey };

  test("has a key in place of a project", async () => {
    const { chat } = gatewayOf([vertex({ baseURL: `${front.url}/v1` })], { env });
    expect((await chat({ model: gemini })).status).toBe(200);
    const { url, headers } = lastCall();
    expect(url).toBe("/v1/publishers/google/models/gemini-2.5-flash:generateContent");
    expect(headers["x-goog-api-key"]).toBe(expressKey);
    expect(url).not.toContain(expressKey);
  });

  test("is no way for other credentials", () => {
    const open = () => gatewayOf([vertex({ accessToken: "ya29.x" })]);
    expect(open).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
  });
});

const weather = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const question = "weather in Oslo and Rome";
const retryInfo = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }];

describe("embeddings", () => {
  const embed: Front = async ({ body }) => {
    const { instances } = JSON.parse(body.toString()) as { instances: { content: string }[] };
    const predictions = instances.map(({ content }) => ({
      embeddings: { values: [content.length, 0.5], statistics: { token_count: content.length, truncated: false } },
    }));
    return json(200, { predictions });
  };

  test.each([
    ["text-embedding-005", 1],
    ["gemini-embedding-001", 3],
  ])("of %s are predicted in %i calls", async (model, calls) => {
    const predicting = await startFront(embed, upstream.url);
    const { openai } = gatewayOf([channel({ baseURL: `${predicting.url}/v1`, accessToken: "ya29.x" })]);
    const asked = {
      model: `vertex/${model}`,
      input: ["a", "bb", "ccc"],
      dimensions: 256,
      encoding_format: "float" as const,
    };
    const { data, usage } = await openai.embeddings.create(asked);
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [1, 0.5],
      [2, 0.5],
      [3, 0.5],
    ]);
    expect(usage).toMatchObject({ prompt_tokens: 6, total_tokens: 6 });
    expect(predicting.calls.map(({ url }) => url.slice(url.indexOf("/publishers")))).toEqual(
      Array.from({ length: calls }, () => `/publishers/google/models/${model}:predict`),
    );
    expect(JSON.parse(predicting.calls[0]?.body.toString() ?? "")).toMatchObject({
      instances: expect.arrayContaining([{ content: "a" }]),
      parameters: { outputDimensionality: 256 },
    });
    await predicting.close();
  });

  test("are asked for in Gemini's words, with what they are for", async () => {
    const predicting = await startFront(embed, upstream.url);
    const { gateway } = gatewayOf([channel({ baseURL: `${predicting.url}/v1`, accessToken: "ya29.x" })]);
    const request = new Request("http://gateway.test/v1beta/models/vertex/text-embedding-005:embedContent", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ content: { parts: [{ text: "abc" }] }, taskType: "RETRIEVAL_DOCUMENT", title: "T" }),
    });
    expect(await (await gateway.fetch(request)).json()).toMatchObject({ embedding: { values: [3, 0.5] } });
    expect(JSON.parse(predicting.calls[0]?.body.toString() ?? "")).toEqual({
      instances: [{ content: "abc", task_type: "RETRIEVAL_DOCUMENT", title: "T" }],
    });
    await predicting.close();
  });
});

describe("a count of tokens", () => {
  const counting = async (model: string, path: string, body: object) => {
    const counts = await startFront(async () => json(200, { totalTokens: 7, input_tokens: 7 }), upstream.url);
    const { gateway } = gatewayOf([channel({ baseURL: `${counts.url}/v1`, accessToken: "ya29.x" })]);
    const request = new Request(`http://gateway.test${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, ...body }),
    });
    const response = await gateway.fetch(request);
    await counts.close();
    const { url = "", body: sent = "{}" } = counts.calls[0] ?? {};
    return {
      answer: await response.json(),
      url: url.slice(url.indexOf("/publishers")),
      sent: JSON.parse(sent.toString()) as JsonObject,
    };
  };
  const messages = [{ role: "user", content: "Hello" }];
  const contents = [{ role: "user", parts: [{ text: "Hello" }] }];
  const systemInstruction = { parts: [{ text: "Be brief." }] };

  test("of Claude is asked of one resource for all models, in the words of either client", async () => {
    const url = "/publishers/anthropic/models/count-tokens:rawPredict";
    const named = { model: "claude-haiku-4-5@20251001", anthropic_version: "vertex-2023-10-16" };
    const own = await counting(claude, "/v1/messages/count_tokens", { messages });
    expect(own).toMatchObject({ url, answer: { input_tokens: 7 }, sent: { ...named, messages } });
    const other = await counting("", `/v1beta/models/${claude}:countTokens`, { contents });
    expect(other).toMatchObject({ url, answer: { totalTokens: 7 }, sent: named });
  });

  test("of Gemini has its members at the top, in the words of either client", async () => {
    const url = "/publishers/google/models/gemini-2.5-flash:countTokens";
    const other = await counting(gemini, "/v1/messages/count_tokens", { system: "Be brief.", messages });
    expect(other).toMatchObject({ url, answer: { input_tokens: 7 } });
    expect(other.sent).toEqual({ contents, systemInstruction });
    const wholeRequest = { generateContentRequest: { model: "models/x", contents, systemInstruction, toolConfig: {} } };
    const own = await counting("", `/v1beta/models/${gemini}:countTokens`, wholeRequest);
    expect(own).toMatchObject({ url, answer: { totalTokens: 7 } });
    expect(own.sent).toEqual({ contents, systemInstruction });
  });
});

describe("Claude at Google", () => {
  test("keeps its signatures over two turns of Anthropic's own client, and whatever else that sends", async () => {
    const { anthropic } = gatewayOf([channel()]);
    const settings = {
      model: claude,
      max_tokens: 4096,
      thinking: { type: "enabled", budget_tokens: 2048 } as const,
      tools: [{ name: "get_weather", input_schema: weather as { type: "object" } }],
    };
    const say = (messages: MessageParam[]) =>
      anthropic.beta.messages.stream({ ...settings, messages, betas: ["x-beta-1"] }).finalMessage();
    const first = await say([{ role: "user", content: question }]);
    const signature = first.content.find((block) => block.type === "thinking")?.signature;
    expect(signature).toBeTruthy();
    expect(lastCall().headers["anthropic-beta"]).toContain("x-beta-1");
    const results = first.content.flatMap((block) =>
      block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "sunny" }] : [],
    );
    const second = await say([
      { role: "user", content: question },
      { role: "assistant", content: first.content as MessageParam["content"] & object[] },
      { role: "user", content: results },
    ]);
    expect(second.content.at(-1)).toMatchObject({ type: "text", text: expect.stringContaining("sunny") });
    expect(JSON.stringify(sentBody())).toContain(`"signature":"${signature}"`);
    expect(Object.keys(sentBody())).not.toContain("model");
  });

  test.each([
    [
      [{ error: { code: 429, message: "Quota exceeded.", status: "RESOURCE_EXHAUSTED", details: retryInfo } }],
      429,
      "upstream_rate_limited",
    ],
    [
      { error: { code: 404, message: "Publisher Model `claude-x` was not found.", status: "NOT_FOUND" } },
      404,
      "unknown_model",
    ],
    [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, 529, "upstream_overloaded"],
  ])("may be refused in Google's words or in its own: %j", async (body, status, reason) => {
    const refusing = await startFront(async () => json(status, body), upstream.url);
    const { chat } = gatewayOf([channel({ baseURL: `${refusing.url}/v1`, accessToken: "ya29.x" })], { attempts: 1 });
    const { text } = await chat({ model: claude });
    expect(JSON.parse(text)).toMatchObject({ sluice: { attempts: [{ reason, status }] } });
    await refusing.close();
  });

  test("fetches no documents", async () => {
    const { anthropic } = gatewayOf([channel()]);
    const content = [{ type: "document" as const, source: { type: "url" as const, url: "https://example.com/a.pdf" } }];
    const asking = anthropic.messages.create({ model: claude, max_tokens: 9, messages: [{ role: "user", content }] });
    await expect(asking).rejects.toMatchObject({ status: 400 });
  });
});

describe("Gemini at Google Cloud", () => {
  test("keeps its signatures over two turns of OpenAI's client", async () => {
    const { openai } = gatewayOf([channel()]);
    const settings = {
      model: "vertex/gemini-3-pro",
      reasoning_effort: "low" as const,
      tools: [{ type: "function" as const, function: { name: "get_weather", parameters: weather } }],
    };
    const messages: ChatCompletionMessageParam[] = [{ role: "user", content: question }];
    const { choices } = await openai.chat.completions.create({ ...settings, messages });
    const message = choices[0]?.message ?? refuse();
    expect(message.tool_calls).toHaveLength(2);
    messages.push(message);
    for (const call of message.tool_calls ?? [])
      messages.push({ role: "tool", tool_call_id: call.id, content: "sunny" });
    const { choices: then } = await openai.chat.completions.create({ ...settings, messages });
    expect(then[0]?.message.content).toContain("sunny");
    // The model itself refuses a call that has lost its signature; the stand-in for a lost one is not in it.
    expect(JSON.stringify(sentBody())).toMatch(/"thoughtSignature":"(?!skip_)/);
  });
});

function sentBody(): JsonObject {
  return JSON.parse(lastCall().body.toString()) as JsonObject;
}

function refuse(): never {
  throw new Error("Nothing came.");
}
