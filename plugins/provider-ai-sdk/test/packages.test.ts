import type { Gateway } from "@sluice/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aiSdk } from "../src/index.ts";
import { ask, askUntil, gatewayOf, joined, questionOf, turnOf } from "./_ask.ts";
import { startVendor, status, type Vendor } from "./_vendor.ts";
import { anthropic } from "./vendors/anthropic.ts";
import { chatVendors } from "./vendors/chat.ts";
import { cohere } from "./vendors/cohere.ts";
import { google } from "./vendors/google.ts";
import { openai, xai } from "./vendors/openai.ts";

const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];
const question = { role: "user", content: "Hello" };

describe.each([openai, xai(), anthropic, google, cohere, ...chatVendors])("the package of $name", (vendorCase) => {
  const { model, whole, streamed, calling, callId, secondTurn, usage, options } = vendorCase;
  const asking = {
    model: `under-test/${model}`,
    messages: [question],
    ...(options === undefined ? {} : { provider_options: options }),
  };
  let vendor: Vendor;
  let gateway: Gateway;

  beforeAll(async () => {
    vendor = await startVendor();
    gateway = gatewayOf(aiSdk({ id: "under-test", provider: vendorCase.create(vendor.url) }));
  });
  afterAll(async () => {
    await gateway.close({ graceMs: 0 });
    await vendor.close();
  });

  test("answers whole", async () => {
    vendor.script(whole);
    const told = await ask(gateway, asking);
    expect(told.json).toMatchObject({
      choices: [{ message: { content: "Hi there" }, finish_reason: "stop" }],
      usage: { prompt_tokens: usage[0], completion_tokens: usage[1] },
    });
    expect(vendor.received).toHaveLength(1);
  });

  test.each([
    ["/v1/messages", { max_tokens: 100 }],
    ["/v1/chat/completions", { stream_options: { include_usage: true } }],
  ])("streams to a client of %s", async (path, more) => {
    vendor.script(streamed("end"));
    const told = await ask(gateway, { ...asking, stream: true, ...more }, path);
    const words = told.events.map((event) => (event["delta"] as { text?: string } | undefined)?.text ?? "").join("");
    expect(words + joined(told.events, "content")).toBe("Hi there");
    expect(told.receipt).toMatchObject({ complete: true, attempts: [{ outcome: "ok" }] });
  });

  test("calls tools, and gets their results with all that it needs of its own turn", async () => {
    vendor.script(calling, whole);
    const first = await ask(gateway, { ...asking, stream: true, tools });
    const turn = turnOf(first.events);
    expect(turn).toMatchObject({
      tool_calls: [{ id: callId, function: { name: "get_weather", arguments: '{"city":"Oslo"}' } }],
    });
    const result = { role: "tool", tool_call_id: callId, content: "Rain" };
    const second = await ask(gateway, { ...asking, tools, messages: [question, turn, result] });
    expect(second.json).toMatchObject({ choices: [{ message: { content: "Hi there" } }] });
    expect(vendor.received[1]?.json).toMatchObject(secondTurn);
    expect(second.receipt["warnings"] ?? []).not.toContainEqual(expect.objectContaining({ code: "state_dropped" }));
  });

  test.each([true, false])("is rate limited, and another model answers (stream: %s)", async (stream) => {
    const busy = { error: { message: "Slow down.", type: "rate_limit_error", code: 429 }, message: "Slow down." };
    vendor.script(status(429, busy, { "retry-after": "9" }), stream ? streamed("end") : whole);
    const told = await ask(gateway, { ...asking, stream, fallback: ["under-test/another"] });
    expect(told.status).toBe(200);
    expect(told.receipt["attempts"]).toMatchObject([
      { outcome: "rate", status: 429, message: expect.stringContaining("Slow down.") },
      { outcome: "ok", model: "another" },
    ]);
  });

  test("never takes a cut stream for a whole answer", async () => {
    vendor.script(streamed("cut"), streamed("hang"));
    const ended = await ask(gateway, { ...asking, stream: true, attempts: 1 });
    const cut = await askUntil(gateway, { ...asking, attempts: 1 }, "Hi ", () => vendor.received[1]?.cut());
    for (const told of [ended, cut]) {
      expect(joined(told.events, "content")).toMatch(/^Hi /);
      expect(told.text).toContain('data: {"error"');
      // One package finds out by itself, and then says that it has read no answer.
      const outcome = expect.stringMatching(/^(truncated|protocol)$/) as unknown;
      expect(told.receipt).toMatchObject({ complete: false, attempts: [{ outcome }] });
    }
  });

  test("stops its vendor's work when the client goes", async () => {
    vendor.script(streamed("hang"));
    const leaving = new AbortController();
    const response = await gateway.fetch(questionOf({ ...asking, stream: true }, undefined, leaving.signal));
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    await reader?.cancel().catch(() => undefined);
    expect(await vendor.received[0]?.ended).toBe("aborted");
  });

  test("says that nobody was there", async () => {
    const gone = await startVendor();
    await gone.close();
    const nobody = gatewayOf(aiSdk({ id: "under-test", provider: vendorCase.create(gone.url) }));
    const told = await ask(nobody, { ...asking, attempts: 1 });
    expect(told.status).toBe(502);
    expect(told.receipt["attempts"]).toMatchObject([{ outcome: "connect", reason: "network" }]);
    expect(told.text).not.toContain("127.0.0.1");
    await nobody.close({ graceMs: 0 });
  });
});
