import { FunctionCallingConfigMode } from "@google/genai";
import type { Content, GenerateContentParameters, GenerateContentResponse, GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMockUpstream, triggers } from "../src/index.ts";
import type { MockUpstream } from "../src/index.ts";
import { geminiSDK, person, pixel, pixelBytes, weather } from "./sdks.ts";

let upstream: MockUpstream;
let client: GoogleGenAI;
beforeAll(async () => {
  upstream = await createMockUpstream();
  client = geminiSDK(upstream);
});
afterAll(() => upstream.close());

const model = "gemini-2.5-flash";
const tools = [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: weather }] }];
const ask = (
  contents: GenerateContentParameters["contents"],
  config: GenerateContentParameters["config"] = {},
  name = model,
) => client.models.generateContent({ model: name, contents, config });

async function streamed(parameters: GenerateContentParameters): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await client.models.generateContentStream(parameters)) chunks.push(chunk);
  return chunks;
}

test("tells how sure it was of each token, whole and streamed", async () => {
  const config = { responseLogprobs: true, logprobs: 1 };
  const tokensIn = (answer: GenerateContentResponse) =>
    answer.candidates?.[0]?.logprobsResult?.chosenCandidates?.map(({ token = "" }) => token) ?? [];
  expect(tokensIn(await ask("One two", config)).join("")).toBe("One two");
  const chunks = await streamed({ model, contents: "One two", config });
  expect(chunks.flatMap(tokensIn).join("")).toBe("One two");
});

test("answers with what was said and counts thoughts apart", async () => {
  const response = await ask("Hello there, Sluice", { systemInstruction: "Be brief." });
  expect(response.text).toBe("Hello there, Sluice");
  expect(response.candidates?.[0]?.finishReason).toBe("STOP");
  const {
    promptTokenCount = 0,
    candidatesTokenCount = 0,
    thoughtsTokenCount = 0,
    totalTokenCount,
  } = response.usageMetadata ?? {};
  expect(thoughtsTokenCount).toBeGreaterThan(0);
  expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + thoughtsTokenCount);
});

test("streams the same answer as it gives whole", async () => {
  const whole = await ask("One two ✓ 世界");
  const chunks = await streamed({ model, contents: "One two ✓ 世界" });
  expect(chunks.length).toBeGreaterThan(2);
  expect(chunks.map((chunk) => chunk.text ?? "").join("")).toBe(whole.text);
  expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
});

test("streams a JSON array without alt=sse", async () => {
  const answer = await fetch(`${upstream.baseURL("gemini")}/models/${model}:streamGenerateContent`, {
    method: "POST",
    headers: { "x-goog-api-key": "k", "content-type": "application/json" },
    body: JSON.stringify({
      contents: [{ parts: [{ text: "a b c" }] }],
      system_instruction: { parts: [{ text: "snake case is read too" }] },
    }),
  });
  expect(answer.headers.get("content-type")).toContain("application/json");
  const chunks = (await answer.json()) as GenerateContentResponse[];
  expect(chunks.length).toBeGreaterThan(2);
  expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP");
});

test.each([model, "gemini-3-pro"])("%s calls a tool for each city and answers with the results", async (name) => {
  const question: Content = { role: "user", parts: [{ text: "weather in Paris and Rome" }] };
  const first = await ask([question], { tools }, name);
  expect(first.functionCalls?.map((call) => call.args)).toEqual([{ city: "Paris" }, { city: "Rome" }]);
  const parts = first.candidates?.[0]?.content?.parts ?? [];
  expect(parts.map((part) => part.thoughtSignature !== undefined)).toEqual([true, false]);

  const responses = {
    role: "user",
    parts: [0, 1].map(() => ({ functionResponse: { name: "get_weather", response: { output: "sunny" } } })),
  };
  const second = await ask([question, { role: "model", parts }, responses], { tools }, name);
  expect(second.text).toBe("get_weather says sunny; get_weather says sunny");
});

test("gemini-3 wants the signature of a call back, unmodified", async () => {
  const question: Content = { role: "user", parts: [{ text: "weather in Paris" }] };
  const response: Content = {
    role: "user",
    parts: [{ functionResponse: { name: "get_weather", response: { output: "sunny" } } }],
  };
  const functionCall = { name: "get_weather", args: { city: "Paris" } };
  const turns = (thoughtSignature?: string): Content[] => [
    question,
    { role: "model", parts: [{ functionCall, ...(thoughtSignature === undefined ? {} : { thoughtSignature }) }] },
    response,
  ];
  const refused = (message: string) =>
    expect.objectContaining({ status: 400, message: expect.stringContaining(message) });

  await expect(ask(turns(), { tools }, "gemini-3-pro")).rejects.toEqual(refused("missing a thought_signature"));
  await expect(ask(turns("Zm9yZ2Vk"), { tools }, "gemini-3-pro")).rejects.toEqual(
    refused("Corrupted thought signature"),
  );
  await expect(ask(turns("skip_thought_signature_validator"), { tools }, "gemini-3-pro")).resolves.toMatchObject({
    text: "get_weather says sunny",
  });
  await expect(ask(turns(), { tools })).resolves.toMatchObject({ text: "get_weather says sunny" });
});

test("forces the tools that are allowed, and calls none when told so", async () => {
  const mode = FunctionCallingConfigMode;
  const forced = await ask("Hello", {
    tools,
    toolConfig: { functionCallingConfig: { mode: mode.ANY, allowedFunctionNames: ["get_weather"] } },
  });
  expect(forced.functionCalls).toHaveLength(1);
  const none = await ask("weather in Paris", { tools, toolConfig: { functionCallingConfig: { mode: mode.NONE } } });
  expect(none.functionCalls).toBeUndefined();
});

test("shows thoughts when asked to, with a late signature in a stream of gemini-3", async () => {
  const chunks = await streamed({
    model: "gemini-3-pro",
    contents: "Think",
    config: { thinkingConfig: { includeThoughts: true } },
  });
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  expect(
    parts
      .filter((part) => part.thought === true)
      .map((part) => part.text)
      .join(""),
  ).toContain("Think");
  expect(parts.at(-1)).toMatchObject({ text: "", thoughtSignature: expect.any(String) });
});

test("fills a schema in either form", async () => {
  const filled = JSON.stringify({ name: "name", age: 18, tags: ["tags"] });
  const json = await ask("Someone", { responseMimeType: "application/json", responseJsonSchema: person });
  expect(json.text).toBe(filled);
  const { additionalProperties: _open, ...open } = person;
  const openapi = await ask("Someone", { responseMimeType: "application/json", responseSchema: open as never });
  expect(openapi.text).toBe(filled);
});

test("describes the image that it got", async () => {
  const response = await ask([
    { role: "user", parts: [{ inlineData: { mimeType: "image/png", data: pixel } }, { text: "Look." }] },
  ]);
  expect(response.text).toBe(`I see image/png of ${pixelBytes} bytes.\nLook.`);
});

test("stops, limits, filters and blocks with its own reasons", async () => {
  expect((await ask("alpha STOP beta", { stopSequences: ["STOP"] })).text).toBe("alpha ");
  expect((await ask("alpha beta gamma", { maxOutputTokens: 1 })).candidates?.[0]?.finishReason).toBe("MAX_TOKENS");
  expect((await ask(triggers.filter)).candidates?.[0]?.finishReason).toBe("SAFETY");
  const blocked = await ask(triggers.block);
  expect(blocked.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT");
  expect(blocked.candidates).toBeUndefined();
});

const text = { role: "user", parts: [{ text: "hi" }] };
const called = { role: "model", parts: [{ functionCall: { name: "get_weather", args: {} } }] };
const answered = (name: string) => ({ role: "user", parts: [{ functionResponse: { name, response: {} } }] });
const refusals: [why: string, body: Record<string, unknown>, message: RegExp][] = [
  ["an unknown field", { contents: [text], cache: true }, /Unknown name "cache"/],
  ["an unknown field deep inside", { contents: [{ ...text, name: "x" }] }, /Unknown name "name" at 'contents\[0\]'/],
  [
    "JSON-schema words in the OpenAPI form",
    { contents: [text], tools: [{ functionDeclarations: [{ name: "f", parameters: weather }] }] },
    /Unknown name "additionalProperties"/,
  ],
  ["no contents", { contents: [] }, /contents is not specified/],
  ["an unknown role", { contents: [{ ...text, role: "assistant" }] }, /valid role: user, model/],
  ["an empty part", { contents: [{ role: "user", parts: [{}] }] }, /required oneof field 'data'/],
  ["a response without a name", { contents: [text, called, answered("")] }, /Name cannot be empty/],
  ["a response of another name", { contents: [text, called, answered("other")] }, /response names match/],
  [
    "a response without its call",
    { contents: [text, answered("get_weather")] },
    /comes immediately after a function call turn/,
  ],
  [
    "allowed names without ANY",
    {
      contents: [text],
      tools,
      toolConfig: { functionCallingConfig: { mode: "AUTO", allowedFunctionNames: ["get_weather"] } },
    },
    /only be set when function calling mode is ANY/,
  ],
  [
    "a schema without its type",
    { contents: [text], generationConfig: { responseJsonSchema: {} } },
    /needs application\/json/,
  ],
  ["a hot temperature", { contents: [text], generationConfig: { temperature: 3 } }, /must be in the range/],
];

test.each(refusals)("refuses %s", async (_why, body, message) => {
  const answer = await fetch(`${upstream.baseURL("gemini")}/models/${model}:generateContent?key=k`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: 400, status: "INVALID_ARGUMENT", message: expect.stringMatching(message) },
  });
});

test("wants the key in its own place", async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${upstream.baseURL("gemini")}/models/${model}:generateContent`, {
      method: "POST",
      headers,
      body: JSON.stringify({ contents: [text] }),
    });
  expect((await post({})).status).toBe(403);
  expect((await post({ authorization: "Bearer k" })).status).toBe(401);
});

test("lists its models", async () => {
  const pager = await client.models.list();
  const names: (string | undefined)[] = [];
  for await (const one of pager) names.push(one.name);
  expect(names).toContain("models/gemini-3-pro");
});
