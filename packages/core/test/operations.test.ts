import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin } from "../src/index.ts";
import { cohereVendor, geminiVendor, openaiVendor, operate, vendor } from "./_operations.ts";

const listOf = (...vectors: (number[] | string)[]) => ({
  object: "list",
  data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
  model: "m-2026",
  usage: { prompt_tokens: 7, total_tokens: 7 },
});

describe("a request that is no chat", () => {
  test("goes to an upstream of its own dialect as the client wrote it, but for the model", async () => {
    const { world, post, sent } = operate({ providers: [openaiVendor("a")()] });
    world.upstream("https://a.test", upstreams.replying(listOf([1, 2])));
    const { status } = await post("/v1/embeddings", '{ "model":"a/m" , "future": {"b":1, "a":2},"input":"hi"}');
    expect(status).toBe(200);
    expect(sent.map(({ url }) => url)).toEqual(["https://a.test/v1/embeddings"]);
    expect(new TextDecoder().decode(sent[0]?.bytes)).toBe('{ "model":"m" , "future": {"b":1, "a":2},"input":"hi"}');
  });

  test("comes back with the upstream's own bytes and the receipt at their end", async () => {
    const { world, post } = operate({ providers: [openaiVendor("a")()] });
    const answer = { ...listOf([1, 2]), future: { z: 1, a: 2 } };
    world.upstream("https://a.test", upstreams.replying(answer));
    const { text, json } = await post("/v1/embeddings", { model: "a/m", input: "hi" });
    expect(text.startsWith(JSON.stringify(answer).slice(0, -1))).toBe(true);
    expect(json["sluice"]).toMatchObject({
      dialect: "openai-embeddings",
      upstream_dialect: "openai-embeddings",
      path: "byte",
      actual_model: "m",
      usage: { input_tokens: 7, output_tokens: 0 },
      source: "upstream",
      complete: true,
    });
  });

  test.each(["text/plain", "application/json; charset=utf-8", ""])(
    "is JSON to the client, also called %j",
    async (type) => {
      const { world, post } = operate({ providers: [openaiVendor("a")()] });
      world.upstream("https://a.test", upstreams.replying(listOf([1]), 200, { "content-type": type }));
      const { headers, json } = await post("/v1/embeddings", { model: "a/m", input: "hi" });
      expect([headers.get("content-type"), json["sluice"].complete]).toEqual(["application/json", true]);
    },
  );

  test("loses its extras on the way, and keeps the receipt in headers where the client says so", async () => {
    const { world, post, sent } = operate({ providers: [openaiVendor("a")()] });
    world.upstream("https://a.test", upstreams.replying(listOf([1])));
    const body = { model: "a/m", input: "hi", tags: { team: "search" }, receipt: "headers" };
    const { json, headers } = await post("/v1/embeddings", body);
    expect(sent[0]?.body).toEqual({ model: "m", input: "hi" });
    expect(json).toEqual(listOf([1]));
    expect([headers.get("x-sluice-model"), headers.get("x-sluice-attempts")]).toEqual(["m", "1"]);
  });

  test("falls back to a vendor of another dialect, and is translated", async () => {
    const { world, post, sent, receipts } = operate({ providers: [openaiVendor("a")(), geminiVendor("g")()] });
    world.upstream("https://a.test", upstreams.refusing(503));
    world.upstream("https://g.test", upstreams.replying({ embeddings: [{ values: [0.5, 1] }, { values: [2, 3] }] }));
    const { json } = await post("/v1/embeddings", { model: "a/m", input: ["x", "y"], fallback: ["g/m"] });
    expect(sent[1]?.url).toBe("https://g.test/v1/models/m:batchEmbedContents");
    expect(sent[1]?.body).toEqual({
      requests: ["x", "y"].map((text) => ({ model: "models/m", content: { parts: [{ text }] } })),
    });
    expect(json["data"]).toEqual([
      { object: "embedding", index: 0, embedding: [0.5, 1] },
      { object: "embedding", index: 1, embedding: [2, 3] },
    ]);
    expect(receipts[0]).toMatchObject({ path: "codec", upstream_dialect: "gemini-embeddings" });
    expect(receipts[0]?.attempts.map(({ target, outcome }) => `${target} ${outcome}`)).toEqual([
      "a/m overloaded",
      "g/m ok",
    ]);
  });

  test("has its usage estimated, and marked, where the vendor counts nothing", async () => {
    const { world, post, receipts } = operate({ providers: [geminiVendor("g")()] });
    world.upstream("https://g.test", upstreams.replying({ embeddings: [{ values: [1] }] }));
    const { json } = await post("/v1/embeddings", { model: "g/m", input: "x".repeat(80) });
    expect(json["usage"]).toEqual({ prompt_tokens: 10, total_tokens: 10 });
    expect(receipts[0]).toMatchObject({ usage: { input_tokens: 10, output_tokens: 0 }, usage_source: "estimated" });
  });

  test("with a field that nobody knows is refused in strict mode", async () => {
    const { post } = operate({ providers: [openaiVendor("a")()], strict: true });
    const { status, json } = await post("/v1/embeddings", { model: "a/m", input: "x", inputs: "x" });
    expect([status, json["sluice"].code, json["error"].param]).toEqual([400, "SLUICE_REQUEST_UNKNOWN_FIELD", "inputs"]);
  });

  test("reports what it loses, and is refused instead where every parameter is required", async () => {
    const { world, post, receipts, sent } = operate({ providers: [geminiVendor("g")()] });
    world.upstream("https://g.test", upstreams.replying({ embeddings: [{ values: [1] }] }));
    const body = { model: "g/m", input: "x", user: "u" };
    expect((await post("/v1/embeddings", body)).status).toBe(200);
    expect(receipts[0]?.warnings).toMatchObject([{ code: "dropped_parameter", field: "user" }]);
    const refused = await post("/v1/embeddings", { ...body, require_parameters: true });
    expect([refused.status, refused.json["error"].param, sent.length]).toEqual([400, "user", 1]);
  });

  test("is refused where the vendor cannot do what is asked, and goes on to one that can", async () => {
    const none = { embeddings: { dimensions: null } };
    const { world, post, receipts } = operate({ providers: [openaiVendor("a", none)(), openaiVendor("b")()] });
    world.upstream("https://b.test", upstreams.replying(listOf([1, 2])));
    const alone = await post("/v1/embeddings", { model: "a/m", input: "x", dimensions: 2 });
    expect([alone.status, alone.json["error"].param]).toEqual([400, "dimensions"]);
    const both = await post("/v1/embeddings", { model: "a/m", input: "x", dimensions: 2, fallback: ["b/m"] });
    expect([both.status, receipts.at(-1)?.channel]).toEqual([200, "b"]);
  });

  test("too large for one call is several of them in one attempt, all or nothing", async () => {
    const { world, post, receipts, sent } = operate({
      providers: [openaiVendor("a", { embeddings: { inputs: 2 } })(), openaiVendor("b")()],
    });
    const answers = [listOf([1], [2]), listOf([3], [4]), listOf([5])];
    world.upstream("https://a.test", (call) => upstreams.replying(answers[call.nth % 3])(call));
    const body = { model: "a/m", input: ["1", "2", "3", "4", "5"] };
    const { json } = await post("/v1/embeddings", body);
    expect(json["data"].map(({ embedding }: { embedding: number[] }) => embedding)).toEqual([[1], [2], [3], [4], [5]]);
    expect(sent.map(({ body: one }) => one["input"])).toEqual([["1", "2"], ["3", "4"], "5"]);
    expect(receipts[0]).toMatchObject({ usage: { input_tokens: 21 }, attempts: [{ outcome: "ok" }] });

    const torn = operate({ providers: [openaiVendor("a", { embeddings: { inputs: 2 } })(), openaiVendor("b")()] });
    torn.world.upstream("https://a.test", upstreams.inTurn(upstreams.replying(answers[0]), upstreams.refusing(500)));
    torn.world.upstream("https://b.test", upstreams.replying(listOf([1], [2], [3], [4], [5])));
    expect((await torn.post("/v1/embeddings", { ...body, fallback: ["b/m"] })).status).toBe(200);
    expect(torn.receipts[0]?.attempts.map(({ target, outcome }) => `${target} ${outcome}`)).toEqual([
      "a/m server",
      "b/m ok",
    ]);
  });

  test("in several calls has one limit for all of their answers, which are kept until the last is there", async () => {
    const inputs = Array.from({ length: 1_000 }, (_, index) => `${index}`);
    const providers = [openaiVendor("a", { embeddings: { inputs: 1 } })()];
    const { world, post, sent } = operate({ providers, limits: { replyBytes: 1_000 } });
    world.upstream("https://a.test", upstreams.replying(listOf([1, 2, 3])));
    expect((await post("/v1/embeddings", { model: "a/m", input: inputs })).status).toBe(502);
    expect(sent.length).toBeLessThan(20);
  });

  test("passes by targets that do not serve its operation, and says so", async () => {
    const { world, post, receipts } = operate({
      providers: [vendor("chat", ["openai-chat"])(), openaiVendor("a")()],
      models: { any: { targets: ["chat/m", "a/m"] } },
    });
    world.upstream("https://a.test", upstreams.replying(listOf([1])));
    expect((await post("/v1/embeddings", { model: "any", input: "x" })).status).toBe(200);
    expect(receipts[0]?.skipped).toEqual([{ target: "chat/m", reason: "does not serve embeddings" }]);
  });

  test("is refused where nobody serves its operation", async () => {
    const { post } = operate({ providers: [vendor("chat", ["openai-chat"])(), cohereVendor("c")()] });
    const embeddings = await post("/v1/embeddings", { model: "chat/m", input: "x" });
    expect([embeddings.status, embeddings.json["sluice"].code]).toEqual([400, "SLUICE_ROUTE_NO_CAPABLE_TARGET"]);
    const chat = await post("/v1/chat/completions", { model: "c/m", messages: [{ role: "user", content: "x" }] });
    expect([chat.status, chat.json["error"].message]).toEqual([400, 'No target of "c/m" supports chat.']);
  });

  test.each([
    ["a relay keeps the status", 429, 429, "rate"],
    ["an operator's credential is never blamed on the caller", 401, 502, "credential"],
  ])("%s", async (_, answered, status, outcome) => {
    const { world, post, receipts } = operate({ providers: [openaiVendor("a")()], attempts: 1 });
    world.upstream("https://a.test", upstreams.refusing(answered));
    const answer = await post("/v1/embeddings", { model: "a/m", input: "x" });
    expect([answer.status, receipts[0]?.attempts[0]?.outcome]).toEqual([status, outcome]);
    expect(answer.json["error"]).toMatchObject({ type: expect.any(String), code: expect.any(String) });
  });

  test.each([
    ["HTML", "<html>no</html>"],
    ["an empty body", ""],
    ["an error in a success", JSON.stringify({ error: { message: "busy", type: "server_error" } })],
    ["JSON of another kind", JSON.stringify({ choices: [] })],
    ["fewer vectors than inputs", JSON.stringify(listOf([1]))],
    ["one vector twice", JSON.stringify({ data: [0, 0].map((index) => ({ index, embedding: [1] })) })],
    ["a vector that is none", JSON.stringify(listOf([1], "no base64!"))],
  ])("is not answered with %s", async (_, body) => {
    const { world, post } = operate({ providers: [openaiVendor("a")()], attempts: 1 });
    world.upstream("https://a.test", () => [
      { do: "head", status: 200, headers: { "content-type": "application/json" } },
      { do: "bytes", bytes: body },
      { do: "end" },
    ]);
    const { status, json } = await post("/v1/embeddings", { model: "a/m", input: ["x", "y"] });
    expect([status, json["sluice"].complete]).toEqual([502, false]);
  });

  test("meets the same stages as a chat, told apart by its operation", async () => {
    const seen: string[] = [];
    const watching = definePlugin("watching", () => ({
      admit: (ctx) => void seen.push(`admit ${ctx.operation}`),
      request: (ctx) => void seen.push(`request ${ctx.request.operation}`),
      route: (plan) => (seen.push("route"), plan),
      respond: async (_ctx, next) => (seen.push("respond"), await next()),
      attempt: async (_ctx, _attempt, next) => {
        const answer = await next();
        seen.push(`attempt ${answer.kind}`);
        return answer;
      },
      settle: (_ctx, { result }) => void seen.push(`settle ${result}`),
    }));
    const { world, post } = operate({ providers: [openaiVendor("a")()], plugins: [watching()] });
    world.upstream("https://a.test", upstreams.replying(listOf([1])));
    await post("/v1/embeddings", { model: "a/m", input: "x" });
    const order = ["admit embeddings", "request embeddings", "route", "respond", "attempt result", "settle success"];
    expect(seen).toEqual(order);
  });

  test("needs no upstream to be counted, and says that it is an estimate", async () => {
    const { post, receipts, sent } = operate({ providers: [vendor("chat", ["openai-chat"])()] });
    const messages = [{ role: "user", content: "x".repeat(400) }];
    const { json, headers } = await post("/v1/messages/count_tokens", { model: "chat/m", messages });
    expect([json["input_tokens"], headers.get("x-sluice-estimated"), sent.length]).toEqual([104, "true", 0]);
    expect(receipts[0]).toMatchObject({ source: "gateway", complete: true, attempts: [], usage: null, cost_usd: null });
    const media = [{ type: "image", source: { type: "url", url: "https://x.test/a.png" } }];
    await post("/v1/messages/count_tokens", { model: "chat/m", messages: [{ role: "user", content: media }] });
    expect(receipts[1]?.warnings).toMatchObject([{ code: "uncounted_media" }]);
  });

  test("may be changed by a stage, which ends the byte path", async () => {
    const shorter = definePlugin("shorter", () => ({
      request: (ctx) =>
        ctx.request.operation === "embeddings" ? { request: { ...ctx.request, dimensions: 2 } } : undefined,
    }));
    const { world, post, sent } = operate({ providers: [openaiVendor("a")()], plugins: [shorter()] });
    world.upstream("https://a.test", upstreams.replying(listOf([1, 2])));
    await post("/v1/embeddings", { model: "a/m", input: "x", future: 1 });
    expect(sent[0]?.body).toEqual({ model: "m", input: "x", encoding_format: "float", dimensions: 2, future: 1 });
  });

  test("cannot be answered with a chat by a plugin", async () => {
    const wrong = definePlugin("wrong", () => ({
      respond: async () => ({
        kind: "reply" as const,
        source: "plugin" as const,
        dialect: null,
        bytes: null,
        reply: {
          id: null,
          model: null,
          created: null,
          choices: [],
          usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 },
          warnings: [],
        },
      }),
    }));
    const { post } = operate({ providers: [openaiVendor("a")()], plugins: [wrong()] });
    const { status, json } = await post("/v1/embeddings", { model: "a/m", input: "x" });
    expect([status, json["sluice"].code]).toEqual([500, "SLUICE_INTERNAL"]);
  });
});
