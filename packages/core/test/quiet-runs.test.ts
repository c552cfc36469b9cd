import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { chatDialects } from "@sluice/dialects";
import { createWorld } from "@sluice/testkit";
import type { Act } from "@sluice/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGateway, definePlugin, defineProvider } from "../src/index.ts";
import type { Dialect, Frame, Plugin, Quirks, Receipt } from "../src/index.ts";

interface Vendor {
  speaks: "openai-chat" | "anthropic" | "openai-responses";
  path: string;
  body: object;
  quirks?: Quirks;
}

const asked = { model: "v/m", stream: true, messages: [{ role: "user", content: "hi" }] };
const chat: Vendor = { speaks: "openai-chat", path: "/v1/chat/completions", body: asked };
const messages: Vendor = { speaks: "anthropic", path: "/v1/messages", body: { ...asked, max_tokens: 99 } };
const responses: Vendor = {
  speaks: "openai-responses",
  path: "/v1/responses",
  body: { model: "v/m", stream: true, input: "hi" },
};

interface Answered {
  text: string;
  receipts: Receipt[];
  quietRuns: number;
}

/** What a client of a gateway gets for this stream, in these pieces. `quiet`: whether runs of content may stay unparsed. */
async function answered(
  vendor: Vendor,
  pieces: readonly Uint8Array[],
  quiet: boolean,
  plugins: readonly Plugin[] = [],
): Promise<Answered> {
  const world = createWorld({ seed: 1 });
  let quietRuns = 0;
  const counted = (dialect: Dialect): Dialect => {
    const { upstream } = dialect;
    if (!upstream) return dialect;
    const { decoder } = upstream;
    const counting = (state: unknown, text: string, start: number) => {
      const end = (quiet && decoder.quietEnd?.(state, text, start)) || start;
      quietRuns += Number(end > start);
      return end;
    };
    return { ...dialect, upstream: { ...upstream, decoder: { ...decoder, quietEnd: counting } } };
  };
  const provider = defineProvider({
    id: "v",
    name: "V",
    dialects: chatDialects.map(counted),
    speaks: [vendor.speaks],
    baseURL: "https://v.test/v1",
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
    ...(vendor.quirks ? { quirks: vendor.quirks } : {}),
  });
  const gateway = createGateway({ providers: [provider()], receipt: "body", plugins }, world.ports);
  const receipts: Receipt[] = [];
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  world.upstream("https://v.test", () => [
    { do: "head", status: 200, headers: { "content-type": "text/event-stream" } },
    ...pieces.map((bytes): Act => ({ do: "bytes", bytes, afterMs: 5 })),
    { do: "end", afterMs: 5 },
  ]);
  const request = new Request(`http://gateway.test${vendor.path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(vendor.body),
  });
  const send = async () => (await gateway.fetch(request)).text();
  return { text: await world.run(send()), receipts, quietRuns };
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.map((end, at) => bytes.subarray(at === 0 ? 0 : places[at - 1], end)).filter(({ length }) => length > 0);
}

/** Stand around every answer, and read none. */
const idle = ["respond", "attempt", "stream"].map((stage) => passing(stage));

function passing(stage: string): Plugin {
  return definePlugin(`idle-${stage}`, () => ({
    ...(stage === "respond" ? { respond: (_ctx, next) => next() } : {}),
    ...(stage === "attempt" ? { attempt: (_ctx, _attempt, next) => next() } : {}),
    ...(stage === "stream" ? { stream: (events) => events } : {}),
  }))();
}

async function assertSame(vendor: Vendor, pieces: readonly Uint8Array[]): Promise<number> {
  const slow = await answered(vendor, pieces, false);
  const fast = await answered(vendor, pieces, true);
  const watched = await answered(vendor, pieces, true, idle);
  for (const { text, receipts } of [fast, watched]) {
    expect(text).toBe(slow.text);
    expect(receipts).toEqual(slow.receipts);
  }
  expect(slow.receipts).toHaveLength(1);
  return fast.quietRuns;
}

const utf8 = new TextEncoder();
const cuts = fc.array(fc.nat(), { maxLength: 6 });

/** Cut anywhere, or between the blocks: so reads mostly end. */
function cutBlocks(blocks: readonly string[], places: readonly number[]): Uint8Array[] {
  const ends = blocks.map((_, at) => utf8.encode(blocks.slice(0, at + 1).join("")).length);
  return cut(
    utf8.encode(blocks.join("")),
    places.map((place) => (place % 3 === 0 ? place : (ends[place % ends.length] as number))),
  );
}

function fixtures(dialect: string): (readonly [name: string, bytes: Uint8Array])[] {
  return globSync(`${import.meta.dirname}/../../dialects/fixtures/${dialect}/*.sse`).map((file) => {
    const bytes = new Uint8Array(readFileSync(file));
    return [basename(file, ".sse"), bytes.subarray(bytes.indexOf(10) + 1)] as const;
  });
}

describe.each([
  ["openai-chat", chat],
  ["anthropic", messages],
  ["openai-responses", responses],
] as const)("the recorded streams of %s", (dialect, vendor) => {
  test.each(fixtures(dialect))(
    "%s passes the same, with the same receipt, read or not, however it is cut",
    async (_, bytes) => {
      await fc.assert(
        fc.asyncProperty(cuts, async (places) => void (await assertSame(vendor, cut(bytes, places)))),
        { numRuns: 12 },
      );
    },
  );
});

/** Escapes a member's name, as JSON allows and nobody does. */
const disguised = (json: string) =>
  json.replace('"usage"', '"us\\u0061ge"').replace('"finish_reason"', '"finish\\u005freason"');
const spaced = (json: string) => json.replaceAll('":', '": ').replaceAll(',"', ', "');

const chunkOf = (delta: object, finish: string | null = null, more: object = {}, choice: object = {}) =>
  JSON.stringify({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish, ...choice }],
    ...more,
  });
const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };

const words = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    '"finish_reason":"stop"',
    '"usage":{"total_tokens":1}',
    "[DONE]",
    "\n\ndata: {}",
    "data: ",
    '\\"',
    "\u2028",
    '","usage":{}',
  ),
);
const chatData = fc.oneof(
  { weight: 15, arbitrary: words.map((content) => chunkOf({ content })) },
  words.map((content) => chunkOf({ content }, null, { usage: null, obfuscation: content })),
  words.map((reasoning_content) => chunkOf({ reasoning_content, content: null })),
  words.map((content) => chunkOf({ content }, null, { usage })),
  words.map((content) => chunkOf({ content }, null, {}, { index: 1 })),
  words.map((refusal) => chunkOf({ refusal })),
  words.map((content) => spaced(chunkOf({ content }))),
  words.map((content) => disguised(chunkOf({ content }, "stop", { usage }))),
  fc.constantFrom(
    chunkOf({ role: "assistant", content: "" }),
    chunkOf({ content: null, tool_calls: [] }),
    chunkOf({ tool_calls: [{ index: 0, id: "t", function: { name: "f", arguments: '{"a":' } }] }),
    chunkOf({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
    chunkOf({ content: [{ type: "text", text: "a" }] }),
    chunkOf({ content: "a", images: [{ image_url: { url: "data:image/png;base64,AAAA" } }] }),
    chunkOf({}, "stop"),
    chunkOf({}, "length", { usage }),
    chunkOf({ content: "x" }, null, { error: "overloaded" }),
    chunkOf({ content: "x" }, null, { x_groq: { usage } }),
    chunkOf({ content: "x" }, null, { new_field: "y" }),
    chunkOf({ content: "x" }).replace('"choices"', '"usage":{"prompt_tokens":3,"completion_tokens":3},"choices"'),
    chunkOf({ content: "x" }).replace("null", "null,"),
    chunkOf({ content: "x" }).replace('"x"', '"x'),
    chunkOf({ content: "x" }).replace('"x"', '"\\x"'),
    JSON.stringify({ choices: [], usage }),
    "[DONE]",
    "{}",
    "null",
  ),
);

const deltaOf = (delta: object, index = 0) => ({ type: "content_block_delta", index, delta });
const startOf = (content_block: object) => ({ type: "content_block_start", index: 0, content_block });
const messageEvent = fc
  .oneof(
    { weight: 15, arbitrary: words.map((text) => deltaOf({ type: "text_delta", text })) },
    words.map((thinking) => deltaOf({ type: "thinking_delta", thinking }, 1)),
    fc.constantFrom<{ type: string; [name: string]: unknown }>(
      startOf({ type: "text", text: "" }),
      startOf({ type: "text", text: "said" }),
      startOf({ type: "thinking", thinking: "", signature: "" }),
      startOf({ type: "tool_use", id: "t", name: "f", input: {} }),
      deltaOf({ type: "input_json_delta", partial_json: '{"a":' }),
      deltaOf({ type: "signature_delta", signature: "c2ln" }),
      deltaOf({ type: "citations_delta", citation: { type: "char_location" } }),
      deltaOf({ type: "new_delta", text: "x" }),
      { type: "content_block_stop" },
      { type: "ping" },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
      { type: "message_delta", delta: {}, usage: { output_tokens: 4 } },
      { type: "message_stop" },
      { type: "error", error: { type: "overloaded_error", message: "busy" } },
    ),
  )
  .chain((event) =>
    fc
      .constantFrom(JSON.stringify, (value: unknown) => spaced(JSON.stringify(value)))
      .map((write) => ({ name: event.type, data: write(event) })),
  );

const textDelta = (delta: string, more: object = {}) => ({
  type: "response.output_text.delta",
  item_id: "msg_1",
  output_index: 0,
  content_index: 0,
  delta,
  logprobs: [],
  ...more,
});
const itemOf = (type: string, id: string, more: object = {}) => ({ id, type, status: "in_progress", ...more });
const message = itemOf("message", "msg_1", { role: "assistant", content: [] });
const call = itemOf("function_call", "fc_1", { call_id: "c1", name: "f", arguments: "" });
const part = { item_id: "msg_1", output_index: 0, content_index: 0, part: { type: "output_text", text: "" } };
const ended = { id: "r", object: "response", model: "m", status: "completed", output: [] };
const responseUsage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };
const responseEvent = fc
  .oneof(
    { weight: 15, arbitrary: words.map((delta) => textDelta(delta)) },
    words.map((delta) => textDelta(delta, { obfuscation: delta })),
    words.map((delta) => textDelta(delta, { new_field: delta })),
    words.map((delta) => ({ ...textDelta(delta), type: "response.refusal.delta" })),
    words.map((delta) => ({ type: "response.reasoning_summary_text.delta", item_id: "rs_1", delta, output_index: 1 })),
    fc.constantFrom<{ type: string; [name: string]: unknown }>(
      textDelta("x", { logprobs: [{ token: "x", logprob: -1, bytes: [120], top_logprobs: [] }] }),
      textDelta("x", { item_id: "msg_2", output_index: 1 }),
      { type: "response.output_item.added", output_index: 1, item: itemOf("reasoning", "rs_1", { summary: [] }) },
      { type: "response.output_item.added", output_index: 1, item: call },
      { type: "response.function_call_arguments.delta", item_id: "fc_1", output_index: 1, delta: "{}" },
      { type: "response.output_text.done", item_id: "msg_1", output_index: 0, content_index: 0, text: "x" },
      { type: "response.output_item.done", output_index: 0, item: { ...message, status: "completed" } },
      { type: "response.new_event", delta: "x" },
      { type: "error", code: "server_error", message: "busy", param: null },
      { type: "response.completed", response: { ...ended, usage: responseUsage } },
      { type: "response.failed", response: { ...ended, status: "failed", error: { code: "server_error" } } },
    ),
  )
  .chain((event) =>
    fc
      .constantFrom(JSON.stringify, (value: unknown) => spaced(JSON.stringify(value)))
      .map((write) => ({ name: event.type, data: write({ ...event, sequence_number: 7 }) })),
  );

const blockEnd = fc.constantFrom(
  "\n\n",
  "\n\n",
  "\n\n",
  "\n\n",
  "\n\n",
  "\n\n",
  "\r\n\r\n",
  "\n\r\n",
  "\n: comment\n\n",
  "\n\n: alive\n\n",
);

const chatStream = fc
  .array(fc.tuple(fc.constantFrom("data: ", "data: ", "data: ", "data:", "event: x\ndata: "), chatData, blockEnd), {
    minLength: 1,
    maxLength: 12,
  })
  .map((blocks) => blocks.map((parts) => parts.join("")));
const ordinaryChat = words.map((content) => `data: ${chunkOf({ content })}\n\n`);
const named = (event: typeof messageEvent) =>
  fc
    .array(fc.tuple(event, fc.constantFrom("", "", "", "", "", "other"), blockEnd), { minLength: 1, maxLength: 12 })
    .map((blocks) => blocks.map(([{ name, data }, other, end]) => `event: ${other || name}\ndata: ${data}${end}`));
const messageStream = named(messageEvent);
const responseStream = named(responseEvent);
/** A vendor's own tool was at work before anything is said. */
const searched = [
  startOf({ type: "server_tool_use", id: "s", name: "web_search", input: { query: "x" } }),
  { type: "content_block_stop", index: 0 },
  startOf({ type: "text", text: "" }),
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join("");
const ordinaryMessage = fc
  .tuple(fc.constantFrom("", "", "", searched), words)
  .map(
    ([before, text]) =>
      `${before}event: content_block_delta\ndata: ${JSON.stringify(deltaOf({ type: "text_delta", text }))}\n\n`,
  );
const messageHead = `event: message_start\ndata: ${JSON.stringify({ type: "message_start", message: { id: "m", type: "message", role: "assistant", model: "m", content: [], usage: { input_tokens: 3, output_tokens: 1 } } })}\n\nevent: content_block_start\ndata: ${JSON.stringify(startOf({ type: "text", text: "" }))}\n\n`;
const eventOf = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const ordinaryDelta = fc.oneof(
  { weight: 4, arbitrary: words.map((delta) => eventOf(textDelta(delta))) },
  words.map((delta) => eventOf({ ...textDelta(delta), type: "response.refusal.delta" })),
);
const responseHead = [
  { type: "response.created", response: { ...ended, status: "in_progress" } },
  { type: "response.output_item.added", output_index: 0, item: message },
  { type: "response.content_part.added", ...part },
]
  .map(eventOf)
  .join("");

test("any stream of chunks passes the same, with the same receipt, read or not", async () => {
  let quietRuns = 0;
  await fc.assert(
    fc.asyncProperty(ordinaryChat, chatStream, cuts, async (head, rest, places) => {
      quietRuns += await assertSame(chat, cutBlocks([head, ...rest], places));
    }),
    { numRuns: 400 },
  );
  expect(quietRuns).toBeGreaterThan(20);
});

test("any stream of message events passes the same, with the same receipt, read or not", async () => {
  let quietRuns = 0;
  await fc.assert(
    fc.asyncProperty(ordinaryMessage, messageStream, cuts, async (said, rest, places) => {
      quietRuns += await assertSame(messages, cutBlocks([messageHead, said, ...rest], places));
    }),
    { numRuns: 400 },
  );
  expect(quietRuns).toBeGreaterThan(20);
});

test("any stream of response events passes the same, with the same receipt, read or not", async () => {
  let quietRuns = 0;
  await fc.assert(
    fc.asyncProperty(ordinaryDelta, responseStream, cuts, async (said, rest, places) => {
      quietRuns += await assertSame(responses, cutBlocks([responseHead, said, ...rest], places));
    }),
    { numRuns: 400 },
  );
  expect(quietRuns).toBeGreaterThan(20);
});

const ends = [chunkOf({}, "stop"), JSON.stringify({ choices: [], usage }), "[DONE]"];
const ordinary = ["a", "b", "c"].map((content) => chunkOf({ content }));
const blocks = [...ordinary, ...ends].map((data) => utf8.encode(`data: ${data}\n\n`));

test("runs stay unread where stages stand around an answer and take nothing of it", async () => {
  expect((await answered(chat, blocks, true, idle)).quietRuns).toBe(2);
});

test("a stage that reads the frames has all of them parsed", async () => {
  let events = 0;
  const reader = definePlugin("reader", () => ({
    async respond(_ctx, next) {
      const answer = await next();
      return answer.kind === "stream" ? { ...answer, frames: counted(answer.frames) } : answer;
    },
  }))();
  async function* counted(frames: AsyncIterable<Frame[]>): AsyncGenerator<Frame[]> {
    for await (const batch of frames) {
      for (const frame of batch) events += frame.events.filter(({ type }) => type === "text-delta").length;
      yield batch;
    }
  }
  expect((await answered(chat, blocks, true, [reader])).quietRuns).toBe(0);
  expect(events).toBe(ordinary.length);
});

test("what comes behind the first content stays unread until something is said, in one read or in many", async () => {
  expect((await answered(chat, blocks, true)).quietRuns).toBe(2);
  expect((await answered(chat, [new Uint8Array(await new Blob(blocks).arrayBuffer())], true)).quietRuns).toBe(1);
});

test("a message that goes on behind its end is read", async () => {
  const events = [
    { type: "message_delta", delta: {}, usage: { output_tokens: 4 } },
    startOf({ type: "text", text: "" }),
    deltaOf({ type: "text_delta", text: "b" }),
    deltaOf({ type: "text_delta", text: "c" }),
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } },
    { type: "message_stop" },
  ];
  const said = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } };
  const pieces = [said, said, ...events].map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  expect(
    await assertSame(
      messages,
      [messageHead, ...pieces].map((piece) => utf8.encode(piece)),
    ),
  ).toBe(1);
});

test.each<[string, Vendor]>([
  ["a vendor whose streams are written anew", { ...chat, quirks: { patchStream: true } }],
  ["a client who asked for several answers", { ...chat, body: { ...asked, n: 2 } }],
  ["a client who speaks another dialect", { ...chat, path: messages.path, body: messages.body }],
])("nothing stays unread for %s", async (_, vendor) => {
  const { text, quietRuns } = await answered(vendor, blocks, true);
  expect(quietRuns).toBe(0);
  expect(text.match(/"(?:content|text)":"[abc]"/g)).toHaveLength(3);
});
