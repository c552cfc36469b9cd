import { AttemptError } from "@sluice/core";
import { startFront, type Front } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { bedrock } from "../src/index.ts";
import { anthropicInvoke } from "../src/invoke.ts";
import { chunkOf, exceptionOf } from "./_frames.ts";
import { gatewayOf } from "./_gateway.ts";

const model = "anthropic.claude-sonnet-4-6";

const events = [
  {
    type: "message_start",
    message: {
      id: "msg_bdrk_1",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-6",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 9, output_tokens: 1 },
      x_new: { a: [1] },
    },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi ✓", x_new: "kept" } },
  { type: "x_future_event", of: "some kind" },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 3 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 9, outputTokenCount: 3 } },
];

async function answered(body: Buffer, cuts: readonly number[] = []): Promise<{ status: number; text: string }> {
  const front: Front = async () => ({
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream" },
    body: pieces(body, cuts),
  });
  const running = await startFront(front, "http://127.0.0.1:9");
  const { gateway } = gatewayOf([bedrock({ apiKey: "key", baseURL: running.url })], { attempts: 1 });
  const request = new Request("http://gateway.test/v1/messages", {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "anthropic-beta": "a-1, b-2" },
    body: JSON.stringify({
      model: `bedrock/${model}`,
      max_tokens: 9,
      stream: true,
      x_own: 1,
      messages: [{ role: "user", content: "Hi" }],
      receipt: "headers",
    }),
  });
  const response = await gateway.fetch(request);
  const text = await response.text();
  const sent = running.calls[0];
  await gateway.close({ graceMs: 0 });
  await running.close();
  expect(JSON.parse(sent?.body.toString() ?? "")).toEqual({
    max_tokens: 9,
    x_own: 1,
    messages: [{ role: "user", content: "Hi" }],
    anthropic_version: "bedrock-2023-05-31",
    anthropic_beta: ["a-1", "b-2"],
  });
  expect(sent?.headers).not.toHaveProperty("anthropic-beta");
  return { status: response.status, text };
}

async function* pieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...cuts, body.length]) {
    yield body.subarray(from, to);
    from = to;
  }
}

const whole = Buffer.concat(events.map(chunkOf));

describe("a stream of InvokeModel", () => {
  test("reaches Anthropic's caller with every event as the model wrote it", async () => {
    const { status, text } = await answered(whole);
    expect(status).toBe(200);
    expect(text).toBe(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  });

  test("is the same in pieces of any size", async () => {
    const { text } = await answered(whole);
    for (const size of [1, 3, 11, 12, 13, 64]) {
      const cuts = Array.from({ length: Math.floor(whole.length / size) }, (_, at) => at * size);
      expect((await answered(whole, cuts)).text).toBe(text);
    }
  });

  test.each([
    ["throttlingException", "upstream_rate_limited"],
    ["serviceUnavailableException", "upstream_overloaded"],
    ["internalServerException", "upstream_5xx"],
    ["modelTimeoutException", "upstream_5xx"],
    ["validationException", "upstream_bad_request"],
  ])("that breaks with %s ends in an error of Anthropic's, and says %s", async (type, reason) => {
    const { text } = await answered(Buffer.concat([...events.slice(0, 3).map(chunkOf), exceptionOf(type, "It broke")]));
    expect(text).toContain("event: error");
    expect(text).toContain(`"reason":"${reason}"`);
    expect(text).not.toContain("message_stop");
  });

  test.each([
    ["between two messages", Buffer.concat(events.slice(0, 3).map(chunkOf))],
    ["inside a message", whole.subarray(0, whole.length - 5)],
  ])("that is cut %s is no whole answer", async (_name, body) => {
    const { text } = await answered(body);
    expect(text).toContain("event: error");
    expect(text).not.toContain("event: message_stop");
  });

  test("with a wrong checksum is no answer, and ends one that has begun", async () => {
    const turned = Buffer.from(whole);
    const at = turned.length - 100;
    turned.writeUInt8(turned.readUInt8(at) ^ 1, at);
    expect((await answered(turned)).status).toBe(502);
    const reader = anthropicInvoke.upstream?.createFrameReader({ maxEventBytes: 1 << 20 });
    const begun = [...(reader?.push(turned.subarray(0, at - 400)) ?? [])];
    expect(begun.map(({ event }) => event)).toContain("content_block_delta");
    expect(() => [...(reader?.push(turned.subarray(at - 400)) ?? [])]).toThrow(AttemptError);
  });
});
