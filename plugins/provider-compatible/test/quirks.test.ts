import type { JsonObject, Quirks } from "@sluice/core";
import { callChannel, upstreams, type ChannelCall } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { vendors, xai, type VendorId } from "../src/index.ts";
import type { Vendor } from "../src/vendor.ts";
import { call, chatOf, deltasOf, eventsOf, replies, streams } from "./_call.ts";

type Check<Name extends keyof Quirks> = (ask: Ask, value: NonNullable<Quirks[Name]>) => Promise<void>;
type Ask = (fields?: JsonObject, answer?: Parameters<typeof call>[2]) => Promise<ChannelCall>;

const stop = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
const tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } };
const says = (delta: JsonObject): JsonObject => ({ choices: [{ index: 0, delta, finish_reason: null }] });

/** What each quirk means on the wire. A quirk in the table without a check here is a failing test. */
const checks: { [Name in keyof Quirks]: Check<Name> } = {
  async maxTokensField(ask, field) {
    const { sent } = await ask({ max_tokens: 7 });
    expect([sent[field], "max_tokens" in sent]).toEqual([7, field === "max_tokens"]);
  },
  async strict(ask) {
    const { sent } = await ask({ tools: [{ ...tool, function: { ...tool.function, strict: true } }] });
    expect(sent).toMatchObject({ tools: [{ function: { strict: true } }] });
  },
  async reasoningEcho(ask, echo) {
    const call = { id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };
    const { sent } = await ask({
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hi", reasoning_content: "They greet me." },
        { role: "user", content: "Again" },
        { role: "assistant", content: null, reasoning_content: "I look.", tool_calls: [call] },
        { role: "tool", tool_call_id: "call_1", content: "seen" },
      ],
      tools: [tool],
    });
    const told = (sent["messages"] as JsonObject[]).map(
      (message) => message["reasoning_content"] ?? message["reasoning"],
    );
    expect(told.filter(Boolean)).toEqual(echo === "always" ? ["They greet me.", "I look."] : ["I look."]);
  },
  async reasoningIn(ask, fields) {
    const { sent } = await ask({ reasoning_effort: "high", reasoning: { max_tokens: 2000 }, enable_thinking: true });
    const known = ["reasoning_effort", "reasoning", "thinking", "enable_thinking"] as const;
    const said = known.filter((name) => sent[name] !== undefined);
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((name) => !fields.includes(name))).toEqual([]);
  },
  async efforts(ask, offered) {
    const { sent } = await ask({ reasoning_effort: "none" });
    expect(offered).not.toContain("none");
    expect(sent).toMatchObject({ thinking: { type: "disabled" } });
    expect(sent).not.toHaveProperty("reasoning_effort");
  },
  async cacheMarks(ask, form) {
    const marked = { type: "text", text: "Hello", cache_control: { type: "ephemeral" } };
    const { sent } = await ask({ messages: [{ role: "user", content: [marked] }] });
    expect(sent).toMatchObject({ messages: [{ content: [{ [form]: expect.anything() as unknown }] }] });
  },
  async schema(ask) {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const { sent } = await ask({ response_format: { type: "json_schema", json_schema: { name: "thing", schema } } });
    expect(sent).toMatchObject({ response_format: { type: "json_object" } });
    expect(JSON.stringify(sent["messages"])).toContain("properties");
  },
  async finishReasons(ask, reasons) {
    for (const reason of Object.keys(reasons)) {
      const { status } = await ask(
        {},
        replies({ message: { role: "assistant", content: "Half an" }, finish_reason: reason }),
      );
      expect(status).toBeGreaterThanOrEqual(500);
    }
  },
  async usageAt(ask, paths) {
    for (const path of paths) {
      const last = path.startsWith("choices.0")
        ? { choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] }
        : { ...stop, x_groq: { usage } };
      const answer = streams([says({ role: "assistant", content: "Hi" }), last]);
      const { text } = await ask({ stream: true, stream_options: { include_usage: true } }, answer);
      expect(eventsOf(text).findLast((event) => event["usage"])).toMatchObject({ usage });
    }
  },
  async refuse(ask, fields) {
    const values: JsonObject = {
      stop: ["x"],
      logprobs: false,
      top_logprobs: 0,
      logit_bias: { "1": 1 },
      parallel_tool_calls: true,
      service_tier: "auto",
      temperature: 0.5,
      top_p: 0.5,
      presence_penalty: 0.5,
      frequency_penalty: 0.5,
    };
    const given = Object.fromEntries(fields.map((field) => [field, values[field]]));
    expect(Object.values(given)).not.toContain(undefined);
    const { sent, status } = await ask({ ...given, tools: [tool] });
    expect(status).toBe(200);
    expect(fields.filter((field) => field in sent)).toEqual([]);
  },
  async rename(ask, names) {
    const { sent } = await ask(Object.fromEntries(Object.keys(names).map((name) => [name, 7])));
    expect(sent).toMatchObject(Object.fromEntries(Object.values(names).map((name) => [name, 7])));
    for (const name of Object.keys(names)) expect(sent).not.toHaveProperty(name);
  },
  async toolChoiceRequired(ask, word) {
    const { sent } = await ask({ tools: [tool], tool_choice: "required" });
    expect(sent["tool_choice"]).toBe(word);
  },
  async toolChoiceNamed(ask) {
    const other = { type: "function", function: { name: "other" } };
    const { sent } = await ask({ tools: [tool, other], tool_choice: { type: "function", function: { name: "look" } } });
    expect(sent).toMatchObject({ tools: [{ function: { name: "look" } }], tool_choice: expect.any(String) });
    expect(sent["tools"]).toHaveLength(1);
  },
  async toolIdPattern(ask) {
    const call = { id: "call_0123456789abcdef", type: "function", function: { name: "look", arguments: "{}" } };
    const { sent } = await ask({
      messages: [
        { role: "user", content: "Look" },
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: call.id, content: "seen" },
      ],
      tools: [tool],
    });
    const messages = sent["messages"] as { tool_calls?: { id: string }[]; tool_call_id?: string }[];
    const id = messages[1]?.tool_calls?.[0]?.id;
    expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(messages[2]?.tool_call_id).toBe(id);
  },
  async streamOptions(ask) {
    const { sent, status } = await ask(
      { stream: true, stream_options: { include_usage: true } },
      streams([says({ role: "assistant", content: "Hi" }), { ...stop, usage }]),
    );
    expect(status).toBe(200);
    expect(sent).not.toHaveProperty("stream_options");
  },
  async patchStream(ask) {
    const { text } = await ask(
      { stream: true },
      streams([says({ role: "assistant", content: "Hi" }), { ...stop, usage }]),
    );
    expect(eventsOf(text).findLast((event) => event["sluice"])).toMatchObject({ sluice: { path: "codec" } });
  },
  async reasoningTokens(ask) {
    const outside = { ...usage, total_tokens: 18, completion_tokens_details: { reasoning_tokens: 10 } };
    const { text } = await ask(
      { stream: true, stream_options: { include_usage: true } },
      streams([says({ role: "assistant", content: "Hi" }), stop, { choices: [], usage: outside }]),
    );
    expect(eventsOf(text).findLast((event) => event["usage"])).toMatchObject({ usage: { completion_tokens: 13 } });
  },
  async reasoningField(ask, field) {
    const { text } = await ask(
      { stream: true },
      streams([says({ role: "assistant", [field]: "They greet me." }), says({ content: "Hi" }), { ...stop, usage }]),
    );
    expect(deltasOf(text, "reasoning_content")).toBe("They greet me.");
  },
  async thinkTags(ask) {
    const chunks = ["", "<thi", "nk>They greet me.</think>", "Hi"].map((content) => says({ content }));
    const { text } = await ask({ stream: true }, streams([...chunks, { ...stop, usage }]));
    expect(deltasOf(text, "reasoning_content").trim()).toBe("They greet me.");
    expect(deltasOf(text, "content").trim()).toBe("Hi");
  },
  async done(ask) {
    const { text } = await ask(
      { stream: true },
      streams([says({ role: "assistant", content: "Hi" }), { ...stop, usage }], ""),
    );
    expect(text).toContain("data: [DONE]");
    expect(text).not.toContain('"error":{');
  },
};

/** Proven in operations.test.ts, and below: it takes a client of another dialect. */
const ofOtherOperations = ["embeddings", "rerank", "hidesThinking"];

const rows = Object.entries<Vendor>(vendors) as [VendorId, Vendor][];
const quirkRows = rows.flatMap(([id, { quirks = {}, modelQuirks = [] }]) => [
  ...ofChat(quirks).map(([name, value]) => [id, name, value, "a-model"] as const),
  ...modelQuirks.flatMap(([glob, own]) =>
    Object.entries(own)
      .filter(([, value]) => !Array.isArray(value) || value.length > 0)
      .map(([name, value]) => [id, name, value, glob.replaceAll("*", "x")] as const),
  ),
]);

function ofChat(quirks: Quirks): [string, unknown][] {
  return Object.entries(quirks).filter(([name]) => !ofOtherOperations.includes(name));
}

describe("a quirk is what the vendor is sent, or how it is read", () => {
  test.each(quirkRows)("%s: %s", async (id, name, value, model) => {
    const check = checks[name as keyof Quirks] as Check<keyof Quirks> | undefined;
    expect(check, `the quirk ${name} needs a check`).toBeDefined();
    const spec = chatOf(id);
    await check?.((fields, answer) => call(spec, { model, ...fields }, answer), value as never);
  });

  test("xAI, whose chat shows no thinking, is asked for it where it does", async () => {
    const asked = async (fields: JsonObject) => {
      const options = { env: { XAI_API_KEY: "key" }, path: "/v1/messages" };
      const { url } = await callChannel(xai(), { model: "grok-4", max_tokens: 9000, ...fields }, answer, options);
      return new URL(url).pathname;
    };
    const answer = upstreams.replying({});
    expect(await asked({ thinking: { type: "enabled", budget_tokens: 2000 } })).toBe("/v1/responses");
    expect(await asked({})).toBe("/v1/chat/completions");
  });

  test("a reasoning model of xAI is sent no stop, another is", async () => {
    const spec = xai();
    expect((await call(spec, { model: "grok-4", stop: ["x"] })).sent).not.toHaveProperty("stop");
    expect((await call(spec, { model: "grok-4-non-reasoning", stop: ["x"] })).sent["stop"]).toEqual(["x"]);
  });
});
