import type { ClientCall, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { client, fixtureJson, target, upstream } from "./fixtures.ts";

export function post(path: string, query = ""): ClientCall {
  const { pathname, searchParams } = new URL(`http://gateway.example${path}${query}`);
  return { method: "POST", path: decodeURI(pathname), rawPath: pathname, query: searchParams, headers: new Map() };
}
const ask = post("/v1beta/models/gemini-3-flash:generateContent");
const hi = { contents: [{ parts: [{ text: "Hi" }] }] };
const text = (value: string) => ({ type: "text" as const, text: value });

describe("reading a request", () => {
  test("has a place for everything that the dialect can say, in both spellings", () => {
    const request = client.decodeRequest(fixtureJson("everything.request.json"), ask);
    const calls = request.messages.flatMap((message) => message.parts).filter((part) => part.type === "tool-call");
    const [first, second] = calls.map((call) => call.id);
    expect(first).toMatch(/^call_[a-z0-9]{24}$/);
    expect(second).not.toBe(first);
    const late = { kind: "signature", domain: "gemini", data: "bGF0ZQ==" };
    expect(request).toEqual({
      operation: "chat",
      nativeField: "cachedContent",
      model: "gemini-3-flash",
      stream: false,
      messages: [
        { role: "system", parts: [text("You are brief.")] },
        {
          role: "user",
          parts: [
            text("What is here?"),
            { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBORw0KGgo=" } },
            { type: "image", source: { kind: "url", url: "https://pictures.example/a.jpg" } },
            { type: "file", source: { kind: "data", mediaType: "application/pdf", data: "JVBERi0=" } },
            {
              type: "provider",
              format: "gemini",
              item: {
                fileData: { mimeType: "video/mp4", fileUri: "https://videos.example/v" },
                videoMetadata: { fps: 2 },
              },
            },
          ],
        },
        {
          role: "assistant",
          parts: [
            { type: "reasoning", text: "Look twice.", state: { ...late, data: "c2ln" } },
            text("Calling."),
            {
              type: "tool-call",
              id: first,
              name: "look",
              arguments: '{"at":"a"}',
              state: { ...late, data: "c2lnLWE=" },
            },
            { type: "tool-call", id: second, name: "look", arguments: '{"at":"b"}' },
            { type: "tool-call", id: "own", name: "look", arguments: "{}" },
          ],
        },
        {
          role: "tool",
          parts: [
            { type: "tool-result", callId: first, name: "look", content: [text("A")] },
            { type: "tool-result", callId: second, name: "look", content: [text('{"seen":true}')] },
            { type: "tool-result", callId: "own", name: "look", content: [text("too dark")], isError: true },
          ],
        },
        { role: "user", parts: [text("Go on.")] },
        { role: "assistant", parts: [text("Fine."), { type: "reasoning", text: "", state: late }] },
        { role: "user", parts: [text("Thanks.")] },
      ],
      tools: [
        {
          name: "look",
          description: "Looks.",
          strict: true,
          parameters: { type: "object", properties: { at: { type: ["string", "null"] } } },
        },
        { name: "point", strict: true, parameters: { type: "object", properties: { x: { type: "number" } } } },
      ],
      providerTools: [{ format: "gemini", item: { googleSearch: {} } }],
      toolChoice: { type: "auto" },
      output: {
        type: "schema",
        name: "response",
        strict: true,
        schema: { type: "object", properties: { ok: { type: "boolean" } } },
      },
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        maxTokens: 500,
        n: 1,
        stop: ["END"],
        seed: 7,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
      },
      reasoning: { effort: "low", include: true },
      serviceTier: "flex",
      origin: {
        dialect: "gemini",
        prefers: { stream: "array", answer: {} },
        rest: {
          safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
          cachedContent: "cachedContents/1",
          labels: { team: "a" },
          generationConfig: { mediaResolution: "MEDIA_RESOLUTION_LOW" },
          toolConfig: { retrievalConfig: { languageCode: "de" } },
        },
      },
    });
  });

  test("comes out again as it came in, in camelCase", () => {
    const request = client.decodeRequest(fixtureJson("everything.request.json"), ask);
    const { body, warnings } = upstream.encodeRequest(request, target);
    expect(upstream.encodeRequest(client.decodeRequest(body, ask), target).body).toEqual(body);
    expect(client.decodeRequest(body, ask).messages[4]).toEqual(request.messages[4]);
    expect(body).toMatchObject({
      toolConfig: { functionCallingConfig: { mode: "VALIDATED" }, retrievalConfig: { languageCode: "de" } },
      generationConfig: { topK: 40, mediaResolution: "MEDIA_RESOLUTION_LOW", thinkingConfig: { thinkingLevel: "LOW" } },
      labels: { team: "a" },
    });
    expect(warnings).toEqual([]);
  });

  test.each([
    ["AUTO", [], { type: "auto" }],
    ["AUTO", ["a", "b"], { type: "subset", mode: "auto", names: ["a", "b"] }],
    ["ANY", [], { type: "required" }],
    ["ANY", ["a"], { type: "tool", name: "a" }],
    ["ANY", ["a", "b"], { type: "subset", mode: "required", names: ["a", "b"] }],
    ["NONE", [], { type: "none" }],
  ])("mode %s with %j", (mode, allowedFunctionNames, toolChoice) => {
    const toolConfig = { functionCallingConfig: { mode, allowedFunctionNames } };
    const tools = [{ functionDeclarations: [{ name: "a" }, { name: "b" }] }];
    expect(client.decodeRequest({ ...hi, tools, toolConfig }, ask).toolChoice).toEqual(toolChoice);
  });

  test.each<[string, JsonObject]>([
    ["contents", {}],
    ["contents", { contents: "Hi" }],
    ["contents[0]", { contents: ["Hi"] }],
    ["contents[0].parts", { contents: [{ role: "user", parts: [] }] }],
    ["contents[0].role", { contents: [{ role: "bot", parts: [{ text: "x" }] }] }],
    ["contents[0].parts[0].text", { contents: [{ parts: [{ text: 1 }] }] }],
    ["contents[0].parts[0].inline_data.data", { contents: [{ parts: [{ inline_data: { mime_type: "image/png" } }] }] }],
    ["contents[0].parts[0].functionResponse.name", { contents: [{ parts: [{ functionResponse: { name: "a" } }] }] }],
    ["generationConfig.temperature", { ...hi, generationConfig: { temperature: "hot" } }],
    ["generation_config.stop_sequences", { ...hi, generation_config: { stop_sequences: "END" } }],
    ["tools[0].functionDeclarations[0].name", { ...hi, tools: [{ functionDeclarations: [{}] }] }],
    ["toolConfig.functionCallingConfig.mode", { ...hi, toolConfig: { functionCallingConfig: { mode: "MAYBE" } } }],
    [
      "generationConfig.thinkingConfig.thinkingLevel",
      { ...hi, generationConfig: { thinkingConfig: { thinkingLevel: "X" } } },
    ],
  ])("names %s when it is wrong", (param, body) => {
    expect(() => client.decodeRequest(body, ask)).toThrow(
      expect.objectContaining({ code: "SLUICE_REQUEST_INVALID", param }),
    );
  });

  test("any JSON is a request or a 400, never a crash", () => {
    const member = fc.oneof(fc.jsonValue(), fc.constant([{ parts: [{ text: "x" }] }])) as fc.Arbitrary<never>;
    const keys = ["contents", "tools", "toolConfig", "generationConfig", "systemInstruction", "serviceTier"] as const;
    const bodies = fc.record(Object.fromEntries(keys.map((key) => [key, member])), { requiredKeys: [] });
    fc.assert(
      fc.property(bodies, (body) => {
        const outcome = attempt(() => client.decodeRequest(body as JsonObject, ask).messages.length);
        expect(outcome === 400 || (outcome > 0 && outcome < 100)).toBe(true);
      }),
    );
  });
});

describe("routes", () => {
  const routeOf = (method: string, path: string) =>
    client.routes.find((route) => route.method === method && matches(route.path, path.split("?", 1)[0] ?? ""));

  test.each([
    ["/v1beta/models/gemini-3-flash:generateContent", "gemini-3-flash", false],
    ["/v1/models/openai/gpt-5:streamGenerateContent?alt=sse", "openai/gpt-5", true],
    ["/v1alpha/models/qwen3:8b:generateContent", "qwen3:8b", false],
    ["/gemini/v1beta/models/openai%2Fgpt-5%3Alatest%3AgenerateContent", "openai/gpt-5:latest", false],
    ["/v1beta/models/100%25:generateContent", "100%", false],
  ])("%s", (path, model, stream) => {
    const call = post(path);
    const operation = routeOf("POST", path)?.operation;
    expect(typeof operation === "function" ? operation(call) : operation).toBe("chat");
    expect(client.decodeRequest(hi, call)).toMatchObject({ model, stream });
    expect(client.modelOf(call)).toBe(model);
  });

  test.each(["/v1beta/models/m:countTokens", "/v1beta/models/m", "/v1beta/models/:generateContent"])(
    "%s is not found",
    (path) => {
      const operation = routeOf("POST", path)?.operation;
      expect(typeof operation === "function" ? operation(post(path)) : operation).toBeNull();
    },
  );

  test("alt=sse asks for events, nothing for an array", () => {
    const path = "/v1beta/models/m:streamGenerateContent";
    const [events, array] = [client.decodeRequest(hi, post(path, "?alt=sse")), client.decodeRequest(hi, post(path))];
    expect([client.streamType(events), client.keepAlive(events)]).toEqual(["text/event-stream", "\n\n"]);
    expect([client.streamType(array), client.keepAlive(array).trim()]).toEqual(["application/json", ""]);
  });

  test("the shared list is claimed with this dialect's credential alone", () => {
    const shared = routeOf("GET", "/v1/models");
    const list = post("/v1/models");
    expect(shared?.claims?.(list)).toBe(false);
    expect(shared?.claims?.({ ...list, headers: new Map([["x-goog-api-key", "k"]]) })).toBe(true);
    expect(shared?.claims?.(post("/v1/models?key=k"))).toBe(true);
    expect(routeOf("GET", "/v1beta/models")?.claims).toBeUndefined();
  });

  test("the list is paged and each model named once", () => {
    const models = Array.from({ length: 7 }, (_model, index) => ({ id: `m${index}`, ownedBy: "mock", info: null }));
    const names: unknown[] = [];
    for (let token: string | null = ""; token !== null;) {
      const page: JsonObject = client.encodeModels(models, post(`/v1beta/models?pageSize=3&pageToken=${token}`));
      names.push(...(page["models"] as JsonObject[]).map((model) => model["name"]));
      token = typeof page["nextPageToken"] === "string" ? page["nextPageToken"] : null;
    }
    expect(names).toEqual(models.map((model) => `models/${model.id}`));
    expect(() => client.encodeModels(models, post("/v1beta/models?pageSize=x"))).toThrow(/pageSize/);
  });
});

/** What a call returns, or the status of the error that it throws. */
function attempt(decode: () => number): number {
  try {
    return decode();
  } catch (error) {
    return (error as { status: number }).status;
  }
}

/** The router's patterns: `:name` is one segment, `**` any number of them. */
function matches(pattern: string, path: string): boolean {
  const source = pattern.replaceAll(/:\w+/g, "[^/]+").replace("/**", "(?:/.*)?");
  return new RegExp(`^${source}$`).test(path);
}
