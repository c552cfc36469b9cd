import { createAnthropic } from "@ai-sdk/anthropic";
import { createGateway, isObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { aiSdk, type AiSdkOptions, type AiSdkProvider } from "../src/index.ts";
import { ask, gatewayOf } from "./_ask.ts";
import { hello, scripted, usage } from "./_package.ts";

const question = { model: "acme/a-model", messages: [{ role: "user", content: "Hi" }] };

describe("a channel of an AI SDK package", () => {
  test("is refused when its provider is none", () => {
    const wrong: unknown[] = [undefined, null, {}, createAnthropic, { languageModel: "a-model" }];
    for (const provider of wrong) {
      expect(() => aiSdk({ id: "acme", provider: provider as AiSdkProvider })).toThrow(/none of the AI SDK/);
    }
  });

  test("is refused when its contract is not known, before anything is asked", () => {
    const make = () => aiSdk({ id: "acme", provider: { ...scripted(hello), specificationVersion: "v9" } });
    expect(make).toThrow(/contract "v9"/);
  });

  test.each(["apiKey", "baseURL", "proxy", "speaks"])("leaves %s to the package", (name) => {
    const options: AiSdkOptions = { id: "acme", provider: scripted(hello) };
    Object.assign(options, { [name]: "https://x.example" });
    expect(() => aiSdk(options)).toThrow(/the package's business/);
  });

  test("is like any other channel for the gateway", () => {
    const gateway = createGateway({
      providers: [aiSdk({ id: "acme", provider: scripted(hello), models: ["a-*"], weight: 3, region: "eu" })],
    });
    expect(gateway.inspect().channels).toMatchObject([{ id: "acme", provider: "acme", state: "ready" }]);
  });

  test("does not take a model whose contract differs from its provider's", async () => {
    const provider = { ...scripted({ ...hello, version: "v9" }), specificationVersion: "v4" };
    const told = await ask(gatewayOf(aiSdk({ id: "acme", provider })), question);
    expect(told.status).toBe(502);
    expect(told.text).toContain("speaks contract v9");
  });

  test("is out of the plan when its package has no models for chat", async () => {
    const provider = { embeddingModel: () => expect.fail("is not asked for") } as unknown as AiSdkProvider;
    const told = await ask(gatewayOf(aiSdk({ id: "acme", provider })), question);
    expect(told.status).toBe(400);
    expect(told.json).toMatchObject({ error: { code: "unsupported_parameter", param: "model" } });
  });
});

describe("what a package is asked", () => {
  test("has the signal, the channel's own headers and none of the gateway's", async () => {
    const provider = scripted(hello);
    await ask(gatewayOf(aiSdk({ id: "acme", provider, headers: { "X-Team": "search" } })), question);
    expect(provider.asked[0]).toMatchObject({ headers: { "x-team": "search" }, abortSignal: expect.any(AbortSignal) });
    expect(provider.asked[0]?.["headers"]).toEqual({ "x-team": "search" });
  });

  test("has the options that the caller gave for it, and no other vendor gets them", async () => {
    const provider = scripted(hello);
    const provider_options = { acme: { trace: true } };
    const told = await ask(gatewayOf(aiSdk({ id: "acme", provider })), { ...question, provider_options });
    expect(told.receipt["warnings"] ?? []).toEqual([]);
    expect(provider.asked[0]).toMatchObject({ providerOptions: provider_options });
    const wrong = await ask(gatewayOf(aiSdk({ id: "acme", provider })), { ...question, provider_options: { acme: 1 } });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining("provider_options")]);
  });

  test("has addresses only of media that it reads itself", async () => {
    const provider = scripted({ ...hello, supportedUrls: { "image/*": [/^https:\/\/cdn\.example\//] } });
    const gateway = gatewayOf(aiSdk({ id: "acme", provider }));
    const show = (url: string) =>
      ask(gateway, { ...question, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] });
    expect((await show("https://CDN.example/a.png")).status).toBe(200);
    expect(provider.asked[0]?.["prompt"]).toMatchObject([
      { content: [{ type: "file", mediaType: "image/*", data: { type: "url", url: expect.any(URL) } }] },
    ]);
    const refused = await show("http://169.254.169.254/latest/meta-data");
    expect([refused.status, provider.asked.length]).toEqual([400, 1]);
    expect(refused.text).toContain("send the data itself");
  });
});

describe("what a package answers", () => {
  test("may hold bytes", async () => {
    const file = { type: "file", mediaType: "image/png", data: { type: "data", data: Buffer.from("picture") } };
    const provider = scripted({
      parts: [file, { type: "finish", finishReason: { unified: "stop", raw: "end" }, usage }],
      result: { content: [file], finishReason: { unified: "stop", raw: "end" }, usage, warnings: [] },
    });
    const gateway = gatewayOf(aiSdk({ id: "acme", provider }));
    const url = `data:image/png;base64,${Buffer.from("picture").toString("base64")}`;
    const whole = await ask(gateway, question);
    expect(whole.json).toMatchObject({ choices: [{ message: { images: [{ image_url: { url } }] } }] });
    const streamed = await ask(gateway, { ...question, stream: true });
    expect(streamed.text).toContain(url);
  });

  test("says in the receipt what was left out", async () => {
    const result = { ...hello.result, warnings: [{ type: "unsupported", feature: "seed" }] };
    const told = await ask(gatewayOf(aiSdk({ id: "acme", provider: scripted({ result }) })), { ...question, seed: 1 });
    expect(told.receipt["warnings"]).toMatchObject([{ code: "dropped_parameter", field: "seed" }]);
    expect(told.headers.get("x-sluice-warnings")).toBe("dropped_parameter");
  });

  test.each([
    ["AI_UnsupportedFunctionalityError", 400, "invalid"],
    ["AI_InvalidPromptError", 400, "invalid"],
    ["AI_NoSuchModelError", 404, "invalid"],
    ["AI_LoadAPIKeyError", 502, "credential"],
    ["AI_TypeValidationError", 502, "protocol"],
  ])("%s is status %i and the class %s", async (name, status, outcome) => {
    const thrown = Object.assign(new Error("No."), { name });
    const told = await ask(gatewayOf(aiSdk({ id: "acme", provider: scripted({ thrown }) })), {
      ...question,
      attempts: 1,
    });
    expect(told.status).toBe(status);
    const [attempt] = told.receipt["attempts"] as unknown[];
    expect(isObject(attempt) && attempt["outcome"]).toBe(outcome);
  });

  test("that could not be read stands in no message", async () => {
    const thrown = Object.assign(new Error('Value: {"text":"private"}'), { name: "AI_TypeValidationError" });
    const told = await ask(gatewayOf(aiSdk({ id: "acme", provider: scripted({ thrown }) })), {
      ...question,
      attempts: 1,
    });
    expect(told.text).toContain("AI_TypeValidationError");
    expect(told.text).not.toContain("private");
  });

  test("is pulled, so that a slow client holds its package back", async () => {
    let made = 0;
    const provider = scripted({});
    const model = provider.languageModel("a-model");
    const endless: AiSdkProvider = {
      languageModel: () => ({
        ...model,
        async doStream() {
          const stream = new ReadableStream<unknown>(
            {
              pull(controller) {
                controller.enqueue({ type: "text-delta", id: "0", delta: "x".repeat(1000) });
                made++;
              },
            },
            { highWaterMark: 0 },
          );
          return { stream };
        },
      }),
    };
    const gateway = gatewayOf(aiSdk({ id: "acme", provider: endless }));
    const response = await gateway.fetch(
      new Request("http://gateway.test/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...question, stream: true }),
      }),
    );
    const reader = response.body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(20);
    await reader?.cancel();
  });
});
