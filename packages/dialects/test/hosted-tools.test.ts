import { createGateway } from "@sluice/core";
import type { Gateway, JsonObject, ProviderTool, Warning } from "@sluice/core";
import { createMockUpstream, hostedTriggers, mockChannels, mockModels, quietPorts } from "@sluice/testkit";
import type { MockUpstream } from "@sluice/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostedTool } from "../src/hosted-tools.ts";
import { anthropic, gemini, openaiChat, openaiResponses } from "../src/index.ts";
import { call, subjectOf } from "./_subject.ts";

const translated = (tool: ProviderTool, dialect: string) => {
  const warnings: Warning[] = [];
  const item = hostedTool(tool, dialect, (warning) => warnings.push(warning));
  return { item, lost: warnings.map(({ field }) => field) };
};
const where = { type: "approximate", country: "NO", city: "Oslo" };
const claude = {
  type: "web_search_20260318",
  name: "web_search",
  allowed_domains: ["a.example"],
  user_location: where,
};
const chat = {
  web_search_options: {
    search_context_size: "low",
    user_location: { type: "approximate", approximate: { country: "NO" } },
  },
};

describe("a tool that vendors run", () => {
  test.each<[string, ProviderTool, string, object, string[]]>([
    [
      "Claude's search",
      { format: "anthropic", item: claude },
      "gemini",
      { googleSearch: {} },
      ["tools.allowed_domains", "tools.user_location"],
    ],
    [
      "Claude's search",
      { format: "anthropic", item: claude },
      "openai-responses",
      { type: "web_search", filters: { allowed_domains: ["a.example"] }, user_location: where },
      [],
    ],
    [
      "chat's search",
      { format: "openai-chat", item: chat },
      "anthropic",
      { type: "web_search_20250305", name: "web_search", user_location: { type: "approximate", country: "NO" } },
      ["tools.search_context_size"],
    ],
    ["chat's search", { format: "openai-chat", item: { web_search_options: {} } }, "gemini", { googleSearch: {} }, []],
    [
      "Gemini's search",
      { format: "gemini", item: { google_search: {} } },
      "anthropic",
      { type: "web_search_20250305", name: "web_search" },
      [],
    ],
    [
      "Gemini's pages",
      { format: "gemini", item: { urlContext: {} } },
      "anthropic",
      { type: "web_fetch_20250910", name: "web_fetch" },
      [],
    ],
    [
      "Claude's sandbox",
      { format: "anthropic", item: { type: "code_execution_20250825", name: "code_execution" } },
      "gemini",
      { codeExecution: {} },
      [],
    ],
    [
      "Gemini's search",
      { format: "gemini", item: { googleSearch: { excludeDomains: ["a.example"] } } },
      "openai-responses",
      { type: "web_search" },
      ["tools.excludeDomains"],
    ],
    [
      "Claude's search, so often at most",
      { format: "anthropic", item: { type: "web_search_20250305", name: "web_search", max_uses: 2 } },
      "openai-responses",
      { type: "web_search" },
      ["tools.max_uses"],
    ],
    [
      "Gemini's sandbox",
      { format: "gemini", item: { codeExecution: {} } },
      "openai-responses",
      { type: "code_interpreter", container: { type: "auto" } },
      [],
    ],
    [
      "OpenAI's sandbox",
      { format: "openai-responses", item: { type: "code_interpreter", container: { type: "auto" } } },
      "anthropic",
      { type: "code_execution_20250825", name: "code_execution" },
      ["tools.container"],
    ],
  ])("%s is said in the words of another: %#", (_name, tool, dialect, item, lost) => {
    expect(translated(tool, dialect)).toEqual({ item, lost });
  });

  test("is itself in its own dialect, and in the words of a vendor that a client of chat knows", () => {
    expect(translated({ format: "anthropic", item: claude }, "anthropic")).toEqual({ item: claude, lost: [] });
    const computer = { type: "computer_20250124", name: "computer", display_width_px: 800 };
    expect(translated({ format: "openai-chat", item: computer }, "anthropic")).toEqual({ item: computer, lost: [] });
    const maps = { googleMaps: { enableWidget: true } };
    expect(translated({ format: "openai-chat", item: maps }, "gemini")).toEqual({ item: maps, lost: [] });
  });

  test("has no other form where no other vendor has it", () => {
    expect(
      translated({ format: "anthropic", item: { type: "bash_20250124", name: "bash" } }, "gemini").item,
    ).toBeNull();
    expect(translated({ format: "gemini", item: { googleMaps: {} } }, "anthropic").item).toBeNull();
  });
});

describe("clients of chat", () => {
  const { client } = subjectOf(openaiChat, "m");
  const asked = (body: object) =>
    client.decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }], ...body }, call("/"));

  test("search with the option of the request, at any vendor that can", () => {
    const request = asked({ web_search_options: {} });
    const { target } = subjectOf(gemini, "gemini-3-flash");
    expect(gemini.upstream?.encodeRequest(request, target)).toMatchObject({
      body: { tools: [{ googleSearch: {} }] },
      warnings: [],
    });
    const own = openaiChat.upstream?.encodeRequest(request, subjectOf(openaiChat, "m").target);
    expect(own).toMatchObject({ body: { web_search_options: {} }, warnings: [] });
    expect(own?.body.tools).toBeUndefined();
  });

  test("name tools of other vendors in those vendors' words, and no other vendor gets them", () => {
    const request = asked({ tools: [{ googleSearch: {} }, { codeExecution: {} }] });
    expect(gemini.upstream?.encodeRequest(request, subjectOf(gemini, "g").target).body).toMatchObject({
      tools: [{ googleSearch: {} }, { codeExecution: {} }],
    });
    const { target } = subjectOf(anthropic, "c");
    expect(() => anthropic.upstream?.encodeRequest(request, target)).toThrow(
      expect.objectContaining({ param: "tools" }),
    );
  });
});

describe("a choice of a tool that OpenAI runs", () => {
  const { client } = subjectOf(anthropic, "c");
  const search = { type: "web_search_20250305", name: "web_search" };
  const chosen = (...others: JsonObject[]) => {
    const messages = [{ role: "user", content: "Hi" }];
    const body = { model: "c", max_tokens: 9, messages, tools: [search, ...others] };
    const request = client.decodeRequest({ ...body, tool_choice: { type: "tool", name: "web_search" } }, call("/"));
    const encoded = openaiResponses.upstream?.encodeRequest(request, subjectOf(openaiResponses, "m").target);
    return { choice: encoded?.body["tool_choice"], lost: encoded?.warnings.map(({ field }) => field) };
  };

  test("is a choice of the only tool, or of some tool with a warning", () => {
    expect(chosen()).toEqual({ choice: "required", lost: [] });
    const other = { name: "f", input_schema: { type: "object" } };
    expect(chosen(other)).toEqual({ choice: "required", lost: ["tool_choice"] });
  });
});

describe("what OpenAI ran for a client of another vendor", () => {
  let upstream: MockUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await createMockUpstream({});
    gateway = createGateway({ providers: mockChannels(upstream) }, quietPorts());
  });
  afterAll(async () => {
    await gateway.close({ graceMs: 0 });
    await upstream.close();
  });

  const model = mockModels["openai-responses"];
  const { web_search: search, code_interpreter: compute } = hostedTriggers;
  const post = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await gateway.fetch(new Request(`http://gateway.test${path}`, init));
    return (await response.json()) as JsonObject;
  };
  const asClaude = (tool: object, messages: object[]) =>
    post("/v1/messages", { model, max_tokens: 100, tools: [tool], messages });
  const asGemini = (tool: object, contents: object[]) =>
    post(`/v1beta/models/${encodeURIComponent(model)}:generateContent`, { tools: [tool], contents });
  const ran = (type: string) => ({ input: expect.arrayContaining([expect.objectContaining({ type })]) as unknown });
  const sandbox = { type: "code_execution_20250825", name: "code_execution" };

  test("is cited to Claude's client, and goes back with the next turn", async () => {
    const tool = { type: "web_search_20250305", name: "web_search" };
    const asked = { role: "user", content: search };
    const { content } = await asClaude(tool, [asked]);
    expect(upstream.requests.at(-1)?.json).toMatchObject({ tools: [{ type: "web_search" }] });
    expect(JSON.stringify(content)).toContain('"url":"https://example.com/found"');
    await asClaude(tool, [asked, { role: "assistant", content }, { role: "user", content: "And then?" }]);
    expect(upstream.requests.at(-1)?.json).toMatchObject(ran("web_search_call"));

    const computed = await asClaude(sandbox, [{ role: "user", content: compute }]);
    expect(upstream.requests.at(-1)?.json).toMatchObject({ tools: [{ type: "code_interpreter" }] });
    expect(computed).toMatchObject({ stop_reason: "end_turn" });
  });

  test("is cited to Gemini's client, and goes back with the next turn", async () => {
    const asked = { role: "user", parts: [{ text: search }] };
    const tool = { googleSearch: {} };
    const answer = await asGemini(tool, [asked]);
    expect(upstream.requests.at(-1)?.json).toMatchObject({ tools: [{ type: "web_search" }] });
    expect(answer).toMatchObject({
      candidates: [{ groundingMetadata: { groundingChunks: [{ web: { uri: "https://example.com/found" } }] } }],
    });
    const [{ content }] = answer["candidates"] as [{ content: object }];
    await asGemini(tool, [asked, content, { role: "user", parts: [{ text: "And then?" }] }]);
    expect(upstream.requests.at(-1)?.json).toMatchObject(ran("web_search_call"));

    await asGemini({ codeExecution: {} }, [{ role: "user", parts: [{ text: compute }] }]);
    expect(upstream.requests.at(-1)?.json).toMatchObject({ tools: [{ type: "code_interpreter" }] });
  });
});
