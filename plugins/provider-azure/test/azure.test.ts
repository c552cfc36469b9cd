import { createGateway, hostPorts, type ChannelSpec, type GatewayConfig } from "@sluice/core";
import {
  createMockUpstream,
  startFront,
  type Front,
  type FrontAnswer,
  type MockUpstream,
  type RunningFront,
} from "@sluice/testkit";
import OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { azure } from "../src/index.ts";
import { azureFront, entraToken } from "./_front.ts";

const secret = "entra~s3cret~0000000000000000000000000000";
const form: Record<string, string> = {};

/** Microsoft's token endpoint as its documents have it. */
const entraFront: Front = async ({ url, body }) => {
  const given = Object.fromEntries(new URLSearchParams(body.toString()));
  Object.assign(form, given, { calls: String(Number(form["calls"] ?? 0) + 1) });
  const isKnown = url === "/my-tenant/oauth2/v2.0/token" && given["client_secret"] === secret;
  const answer = isKnown
    ? { token_type: "Bearer", expires_in: 3599, access_token: entraToken }
    : { error: "invalid_client", error_description: `AADSTS7000215: ${given["client_secret"]}` };
  return { status: isKnown ? 200 : 401, headers: { "content-type": "application/json" }, body: JSON.stringify(answer) };
};

let upstream: MockUpstream;
let front: RunningFront;
let login: RunningFront;
beforeAll(async () => {
  upstream = await createMockUpstream({ tokensPerEvent: 2 });
  front = await startFront(azureFront, upstream.url);
  login = await startFront(entraFront, upstream.url);
});
afterEach(() => {
  upstream.reset();
  for (const name of Object.keys(form)) delete form[name];
});
afterAll(() => Promise.all([front.close(), login.close(), upstream.close()]));

function gatewayOf(providers: ChannelSpec[], config: Omit<GatewayConfig, "providers"> = {}) {
  const silence = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = createGateway({ providers, ...config } as GatewayConfig, {
    ...hostPorts(),
    logger: silence,
    env: {},
  });
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  return new OpenAI({ apiKey: "sk-client", baseURL: "http://gateway.test/v1", fetch, maxRetries: 0 });
}

const channel = (more: Parameters<typeof azure>[0] = {}) =>
  azure({ baseURL: `${front.url}/openai/v1`, apiKey: "azure-key", ...more });
const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "Hello" }];
const lastCall = () => front.calls.at(-1) ?? refuse();

describe("an address", () => {
  test("is that of the resource", () => {
    expect(azure({ resource: "mine" }).provider.baseURL).toBe("https://mine.openai.azure.com/openai/v1");
    expect(azure({ resource: "mine", apiVersion: "2024-10-21" }).provider.baseURL).toBe(
      "https://mine.openai.azure.com/openai",
    );
  });

  test.each([{}, { resource: "evil.example/" }])("is needed, and a name: %j", (options) => {
    expect(() => azure(options)).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
  });

  test("of the v1 API has the model in the body", async () => {
    const client = gatewayOf([channel()]);
    await client.chat.completions.create({ model: "azure/my-deployment", messages });
    expect(lastCall()).toMatchObject({ url: "/openai/v1/chat/completions", headers: { "api-key": "azure-key" } });
    await client.responses.create({ model: "azure/my-deployment", input: "Hello" });
    expect(lastCall().url).toBe("/openai/v1/responses");
  });

  test("of a dated version has the deployment in the path", async () => {
    const client = gatewayOf([channel({ baseURL: `${front.url}/openai`, apiVersion: "2024-10-21" })]);
    const { choices } = await client.chat.completions.create({ model: "azure/my-deployment", messages });
    expect(choices[0]?.message.content).toBe("Hello");
    expect(lastCall().url).toBe("/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21");
    await client.responses.create({ model: "azure/my-deployment", input: "Hello" });
    expect(lastCall().url).toBe("/openai/responses?api-version=2024-10-21");
  });
});

describe("every operation", () => {
  const answers: Record<string, FrontAnswer> = {
    "/embeddings": json({
      object: "list",
      model: "d",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    }),
    "/images/generations": json({ created: 1, data: [{ b64_json: "iVBORw0KGgo=" }] }),
    "/audio/speech": { status: 200, headers: { "content-type": "audio/mpeg" }, body: Buffer.from([1, 2, 3]) },
    "/audio/transcriptions": json({ text: "Hello" }),
    "/completions": json({
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "d",
      choices: [{ index: 0, text: "Hi", finish_reason: "stop", logprobs: null }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  };

  test.each([
    ["the v1 API", {}, "/openai/v1", ""],
    ["a dated version", { apiVersion: "2024-10-21" }, "/openai/deployments/d", "?api-version=2024-10-21"],
  ])("has its place in %s", async (_name, options, before, after) => {
    const answer = (url: string) => Object.entries(answers).find(([path]) => url === before + path + after)?.[1];
    const answering = await startFront(
      async ({ url }) => answer(url) ?? { status: 404, headers: {}, body: url },
      upstream.url,
    );
    const base = "apiVersion" in options ? "/openai" : "/openai/v1";
    const client = gatewayOf([channel({ baseURL: answering.url + base, ...options })]);
    const model = "azure/d";
    expect((await client.embeddings.create({ model, input: "a" })).data[0]?.embedding).toEqual([0.5]);
    expect((await client.images.generate({ model, prompt: "a" })).data?.[0]?.b64_json).toBe("iVBORw0KGgo=");
    const speech = await client.audio.speech.create({ model, input: "a", voice: "alloy" });
    expect([...new Uint8Array(await speech.arrayBuffer())]).toEqual([1, 2, 3]);
    const file = new File([new Uint8Array(4)], "a.wav", { type: "audio/wav" });
    expect((await client.audio.transcriptions.create({ model, file })).text).toBe("Hello");
    expect((await client.completions.create({ model, prompt: "a" })).choices[0]?.text).toBe("Hi");
    expect(new Set(answering.calls.map(({ headers }) => headers["api-key"]))).toEqual(new Set(["azure-key"]));
    await answering.close();
  });
});

function json(body: object): FrontAnswer {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

describe("a token of Entra ID", () => {
  const entra = () => ({ tenantId: "my-tenant", clientId: "app", clientSecret: secret, authority: login.url });

  test("is asked for once and serves every call", async () => {
    const client = gatewayOf([azure({ baseURL: `${front.url}/openai/v1`, entra: entra() })]);
    const ask = () => client.chat.completions.create({ model: "azure/d", messages });
    await Promise.all([ask(), ask()]);
    await ask();
    expect(form).toMatchObject({
      calls: "1",
      grant_type: "client_credentials",
      client_id: "app",
      scope: "https://ai.azure.com/.default",
    });
    expect(lastCall().headers["authorization"]).toBe(`Bearer ${entraToken}`);
    expect(lastCall().headers).not.toHaveProperty("api-key");
  });

  test("that is refused moves the call on, and nobody sees the secret", async () => {
    const wrong = azure({
      id: "wrong",
      baseURL: `${front.url}/openai/v1`,
      entra: { ...entra(), clientSecret: "wr0ng~secret~00000" },
    });
    const client = gatewayOf([wrong, channel({ id: "right" })], {
      models: { any: { targets: ["wrong/d", "right/d"] } },
    });
    const answer = await client.chat.completions.create({ model: "any", messages });
    expect(answer).toMatchObject({ sluice: { attempts: [{ outcome: "credential" }, { outcome: "ok" }] } });
    expect(JSON.stringify(answer)).toContain("the token endpoint answered 401 (invalid_client)");
    expect(JSON.stringify(answer)).not.toContain("wr0ng");
  });

  test("may be made by others", async () => {
    const token = () => Promise.resolve(entraToken);
    const client = gatewayOf([azure({ baseURL: `${front.url}/openai/v1`, token })]);
    const { choices } = await client.chat.completions.create({ model: "azure/d", messages });
    expect(choices[0]?.message.content).toBe("Hello");
  });
});

describe("what is Azure's own", () => {
  test("the first event, without an id and choices, does not reach the client so", async () => {
    const client = gatewayOf([channel()]);
    const stream = await client.chat.completions.create({
      model: "azure/d",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks[0]?.id).toBeTruthy();
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello");
    expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
  });

  test("a prompt that its filter refuses is the caller's, and may be put to another target", async () => {
    const filtered: Front = async () => ({
      status: 400,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        error: {
          message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          type: null,
          param: "prompt",
          code: "content_filter",
          status: 400,
          innererror: {
            code: "ResponsibleAIPolicyViolation",
            content_filter_result: { hate: { filtered: true, severity: "high" } },
          },
        },
      }),
    });
    const refusing = await startFront(filtered, upstream.url);
    const strict = azure({ id: "strict", baseURL: `${refusing.url}/openai/v1`, apiKey: "k" });
    const alone = gatewayOf([strict]).chat.completions.create({ model: "strict/d", messages });
    await expect(alone).rejects.toMatchObject({ status: 400, code: "content_filter" });
    const client = gatewayOf([strict, channel({ id: "other" })], {
      models: { any: { targets: ["strict/d", "other/d"] } },
    });
    const answer = await client.chat.completions.create({ model: "any", messages });
    expect(answer).toMatchObject({ choices: [{ message: { content: "Hello" } }] });
    await refusing.close();
  });
});

function refuse(): never {
  throw new Error("Nothing came.");
}
