import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import type { Gateway, JsonObject } from "@sluice/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, askUntil, gatewayOf, joined, questionOf, turnOf } from "./_ask.ts";
import { eventFrame, signatureProblem } from "./_aws.ts";
import { reply, startVendor, status, stream, type Answer, type Vendor } from "./_vendor.ts";

const secretAccessKey = "secret/for+tests";
const model = "bedrock/eu.anthropic.claude-opus-4-7-v1:0";
const signature = "EpAB+/signature==";

let vendor: Vendor;
let gateway: Gateway;

beforeAll(async () => {
  vendor = await startVendor();
  const provider = createAmazonBedrock({
    region: "eu-central-1",
    accessKeyId: "AKIDFORTESTS",
    secretAccessKey,
    baseURL: vendor.url,
  });
  gateway = gatewayOf(aiSdk({ id: "bedrock", provider }));
});
afterAll(async () => {
  await gateway.close({ graceMs: 0 });
  await vendor.close();
});

const usage = {
  inputTokens: 10,
  outputTokens: 20,
  totalTokens: 135,
  cacheReadInputTokens: 100,
  cacheWriteInputTokens: 5,
};
const tools = [
  {
    type: "function",
    function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];

function frames(...events: [type: string, payload: JsonObject][]): Buffer[] {
  return events.map(([type, payload]) => eventFrame(type, payload));
}

const converse = (pieces: Uint8Array[], ending?: "end" | "hang"): Answer =>
  stream("application/vnd.amazon.eventstream", pieces, ending);

const thinking = frames(
  ["messageStart", { role: "assistant" }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "Which city? " } } }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "Oslo." } } }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { signature } } }],
  ["contentBlockStop", { contentBlockIndex: 0 }],
  ["contentBlockStart", { contentBlockIndex: 1, start: { toolUse: { toolUseId: "tooluse_1", name: "get_weather" } } }],
  ["contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }],
  ["contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '"Oslo"}' } } }],
  ["contentBlockStop", { contentBlockIndex: 1 }],
  ["messageStop", { stopReason: "tool_use" }],
  ["metadata", { usage, metrics: { latencyMs: 1 } }],
);

describe("Amazon Bedrock", () => {
  test("is called with a signature that an independent implementation agrees with", async () => {
    vendor.script(
      reply({ output: { message: { role: "assistant", content: [{ text: "Hi" }] } }, stopReason: "end_turn", usage }),
    );
    const told = await ask(gateway, { model, messages: [{ role: "user", content: "Hello ✓" }] });
    expect(told.status).toBe(200);
    const [call] = vendor.received;
    expect(call?.url).toBe("/model/eu.anthropic.claude-opus-4-7-v1%3A0/converse");
    expect(call && signatureProblem(call, secretAccessKey)).toBeNull();
    expect(call && signatureProblem(call, "another secret")).toMatch(/should be/);
    expect(told.json).toMatchObject({
      choices: [{ message: { content: "Hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 115, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 100 } },
    });
  });

  test("streams reasoning, text and the input of tools, out of frames with checksums", async () => {
    vendor.script(converse(thinking));
    const told = await ask(gateway, {
      model,
      stream: true,
      tools,
      reasoning_effort: "high",
      messages: [{ role: "user", content: "Weather in Oslo?" }],
    });
    expect(told.status).toBe(200);
    expect(joined(told.events, "reasoning_content")).toBe("Which city? Oslo.");
    expect(turnOf(told.events)).toMatchObject({
      tool_calls: [{ id: "tooluse_1", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } }],
    });
    expect(told.receipt).toMatchObject({
      complete: true,
      usage: { input_tokens: 115, cache_read_tokens: 100, cache_write_tokens: 5 },
    });
    expect(vendor.received[0]?.url).toMatch(/converse-stream$/);
  });

  test("gets its signature back byte for byte with the result of the tool", async () => {
    vendor.script(converse(thinking), converse(frames(["messageStop", { stopReason: "end_turn" }])));
    const question = { role: "user", content: "Weather in Oslo?" };
    const first = await ask(gateway, { model, stream: true, tools, messages: [question] });
    const turn = turnOf(first.events);
    await ask(gateway, {
      model,
      stream: true,
      tools,
      messages: [question, turn, { role: "tool", tool_call_id: "tooluse_1", content: "Rain" }],
    });
    expect(vendor.received[1]?.json["messages"]).toEqual([
      { role: "user", content: [{ text: "Weather in Oslo?" }] },
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "Which city? Oslo.", signature } } },
          { toolUse: { toolUseId: "tooluse_1", name: "get_weather", input: { city: "Oslo" } } },
        ],
      },
      { role: "user", content: [{ toolResult: { toolUseId: "tooluse_1", content: [{ text: "Rain" }] } }] },
    ]);
  });

  test("says which request it refused for how long, and the next target answers", async () => {
    vendor.script(
      status(
        429,
        { message: "Too many requests, please wait before trying again." },
        { "retry-after": "7", "x-amzn-requestid": "amz-1" },
      ),
      reply({ output: { message: { role: "assistant", content: [{ text: "Hi" }] } }, stopReason: "end_turn", usage }),
    );
    const told = await ask(gateway, {
      model,
      fallback: ["bedrock/amazon.nova-pro-v1:0"],
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(told.status).toBe(200);
    expect(told.receipt["attempts"]).toMatchObject([
      {
        outcome: "rate",
        status: 429,
        upstream_request_id: "amz-1",
        message: "Too many requests, please wait before trying again.",
      },
      { outcome: "ok", model: "amazon.nova-pro-v1:0" },
    ]);
  });

  test("hands on how long to wait when there is no other target", async () => {
    vendor.script(status(429, { message: "Slow down." }, { "retry-after": "7200" }));
    const told = await ask(gateway, { model, messages: [{ role: "user", content: "Hello" }] });
    expect([told.status, told.headers.get("retry-after")]).toEqual([429, "7200"]);
  });

  test.each([
    ["throttlingException", "rate"],
    ["serviceUnavailableException", "overloaded"],
    ["internalServerException", "server"],
    ["modelStreamErrorException", "server"],
    ["validationException", "invalid"],
  ])("%s before any content is a failure of the class %s", async (type, outcome) => {
    vendor.script(converse([eventFrame(type, { message: "No." }, "exception")]));
    const told = await ask(gateway, {
      model,
      stream: true,
      attempts: 1,
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(told.status).toBeGreaterThanOrEqual(400);
    expect(told.receipt["attempts"]).toMatchObject([{ outcome }]);
  });

  test("a stream without its end is never a whole answer", async () => {
    const question = { model, attempts: 1, messages: [{ role: "user", content: "Hello" }] };
    const half = thinking.slice(0, 3);
    vendor.script(converse(half), converse(half, "hang"));
    const ended = await ask(gateway, { ...question, stream: true });
    const cut = await askUntil(gateway, question, "Oslo.", () => vendor.received[1]?.cut());
    for (const told of [ended, cut]) {
      expect(joined(told.events, "reasoning_content")).toBe("Which city? Oslo.");
      expect(told.text).toContain('data: {"error"');
      expect(told.receipt).toMatchObject({ complete: false, attempts: [{ outcome: "truncated" }] });
    }
  });

  test("a frame whose checksum is wrong ends the answer", async () => {
    const broken = Buffer.from(thinking[2] as Buffer);
    broken.writeUInt8(broken.readUInt8(broken.length - 20) ^ 1, broken.length - 20);
    vendor.script(converse([thinking[0] as Buffer, thinking[1] as Buffer, broken, ...thinking.slice(3)]));
    const told = await ask(gateway, {
      model,
      stream: true,
      attempts: 1,
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(told.text).toContain('data: {"error"');
    expect(told.receipt).toMatchObject({ complete: false });
  });

  test("is cancelled when the client goes", async () => {
    vendor.script(converse(thinking.slice(0, 3), "hang"));
    const leaving = new AbortController();
    const response = await gateway.fetch(
      questionOf({ model, stream: true, messages: [{ role: "user", content: "Hello" }] }, undefined, leaving.signal),
    );
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    await reader?.cancel().catch(() => undefined);
    expect(await vendor.received[0]?.ended).toBe("aborted");
  });
});
