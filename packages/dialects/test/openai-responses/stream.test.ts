import { foldEvents } from "@sluice/core";
import type { Frame, JsonObject, StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cut, joined, receipt } from "../_subject.ts";
import { answerContext, client, decodeBytes, decodeContext, failure, fixtureBytes, upstream } from "./fixtures.ts";

const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const decode = (text: string) => decodeBytes(cut(bytesOf(text)), decodeContext);
const told = words(fixtureBytes("thinking-tools.sse"));

function eventsIn(text: string): JsonObject[] {
  return text.split("\n\n").flatMap((block) => {
    const data = block.split("\n").find((line) => line.startsWith("data: "));
    return data === undefined ? [] : [JSON.parse(data.slice(6)) as JsonObject];
  });
}

describe("a stream is read the same", () => {
  test.each<[string, (text: string) => string]>([
    ["with CRLF", (text) => text.replaceAll("\n", "\r\n")],
    ["with CR", (text) => text.replaceAll("\n", "\r")],
    ["behind a byte order mark", (text) => `\u{feff}${text}`],
    ["between comments", (text) => text.replaceAll("event: ", ": keep-alive\n\nevent: ")],
    ["with data over several lines", (text) => text.replaceAll(',"output_index"', '\ndata: ,"output_index"')],
    ["without its last blank line", (text) => text.trimEnd()],
    ["without spaces behind colons", (text) => text.replaceAll(/^(event|data): /gm, "$1:")],
    ["without event names", (text) => text.replaceAll(/^event: .*\n/gm, "")],
    ["with fields that nobody knows", (text) => text.replaceAll("event: ", "id: 7\nretry: 10\nodd\nevent: ")],
    [
      "with pings between",
      (text) => text.replaceAll("event: ", 'event: keepalive\ndata: {"type":"keepalive"}\n\nevent: '),
    ],
    ["with the terminator of chat behind it", (text) => `${text}data: [DONE]\n\n`],
  ])("%s", async (_name, change) => {
    const plain = await decode(told);
    const bytes = bytesOf(change(told));
    expect(await decode(change(told))).toEqual(plain);
    const everywhere = Array.from(bytes, (_byte, at) => at);
    expect(await decodeBytes(cut(bytes, everywhere), decodeContext)).toEqual(plain);
  });
});

describe("an end is honest", () => {
  const last = (events: StreamEvent[]) => events.at(-1);

  test("a stream that is cut after any event is an error", async () => {
    const blocks = told.split("\n\n").filter((block) => block !== "");
    for (let count = 0; count < blocks.length; count++) {
      const text = blocks.slice(0, count).map((block) => `${block}\n\n`);
      expect(last(await decode(text.join("")))).toMatchObject({ type: "error" });
      expect(last(await decode(`${text.join("")}data: [DONE]\n\n`))).toMatchObject({ type: "error" });
    }
  });

  test("a cut before any content is no answer, and one after it is a broken one", async () => {
    expect(last(await decode(words(fixtureBytes("cut.sse"))))).toMatchObject({ failure: { class: "truncated" } });
    const [created] = told.split("\n\n");
    expect(last(await decode(`${created}\n\n`))).toMatchObject({ failure: { class: "protocol" } });
  });

  test("an answer whose usage nobody counted is whole, and its usage unknown", async () => {
    const events = eventsIn(told).map((event) => {
      const { response } = event;
      return event.type === "response.completed"
        ? { ...event, response: { ...(response as JsonObject), usage: null } }
        : event;
    });
    const fold = foldEvents(await decode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")));
    expect(fold.complete).toBe(true);
    expect(fold.reply.usage).toMatchObject({ inputTokens: null, outputTokens: null });
  });

  test.each([
    ['{"type":"error","code":"rate_limit_exceeded","message":"Slow down","param":null}', "rate"],
    ['{"type":"error","error":{"type":"server_error","code":"server_is_overloaded","message":"Busy"}}', "overloaded"],
    ['{"error":{"message":"No funds","type":"insufficient_quota","code":"insufficient_quota"}}', "credential"],
    [
      '{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"Oh"}}}',
      "server",
    ],
    ['{"type":"response.completed","response":{"status":"cancelled","output":[]}}', "protocol"],
    [
      '{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"x"}}}',
      "rate",
    ],
  ])("%s is an error wherever it comes, and nothing follows it", async (data, failureClass) => {
    const blocks = told.split("\n\n").filter((block) => block !== "");
    for (let at = 0; at < blocks.length; at++) {
      const text = blocks.toSpliced(at, 0, `data: ${data}`).join("\n\n");
      const events = await decode(`${text}\n\n`);
      expect(last(events)).toMatchObject({ type: "error", failure: { class: failureClass } });
      expect(events.filter(({ type }) => type === "error" || type === "end")).toHaveLength(1);
    }
  });

  test("no sequence of events makes the decoder throw or end twice", () => {
    const types = [...new Set(eventsIn(told).map(({ type }) => type as string))];
    const item = fc.record(
      {
        type: fc.constantFrom("message", "reasoning", "function_call", "custom_tool_call", "web_search_call", "x"),
        id: fc.constantFrom("a", "b"),
        content: fc.constantFrom([], [{ type: "output_text", text: "x" }], null, "x"),
        arguments: fc.constantFrom("", "{}", "{", null),
        summary: fc.constantFrom([], [{ text: "x" }], 3),
        result: fc.constantFrom("iVBO", null),
      },
      { requiredKeys: [] },
    );
    const event = fc.record(
      {
        type: fc.constantFrom(...types, "response.custom_tool_call_input.delta", "response.content_part.done", "?"),
        output_index: fc.constantFrom(0, 1, 2, -1, "0", null),
        content_index: fc.constantFrom(0, 1, null),
        delta: fc.constantFrom("x", "", 3),
        text: fc.constantFrom("xy", ""),
        item,
        part: fc.constantFrom({ type: "output_text", text: "x" }, { type: "refusal", refusal: "x" }, 7),
        response: fc.record({
          status: fc.constantFrom("completed", "incomplete", "queued", 1),
          output: fc.array(item),
        }),
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const state = upstream.decoder.initial(decodeContext);
        const frames = events.map((data) => ({ raw: new Uint8Array(0), event: null, data: JSON.stringify(data) }));
        const all = [...frames.flatMap((frame) => upstream.decoder.step(state, frame)), ...upstream.decoder.end(state)];
        expect(all.filter(({ type }) => type === "end" || type === "error")).toHaveLength(1);
        const starts = all.filter(({ type }) => type === "tool-start").length;
        expect(all.filter(({ type }) => type === "tool-end").length).toBeLessThanOrEqual(starts);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a stream that is relayed", () => {
  async function framesOf(text: string): Promise<Frame[]> {
    const state = upstream.decoder.initial(decodeContext);
    const reader = upstream.createFrameReader({ maxEventBytes: 1 << 20 });
    const wires = [...reader.push(bytesOf(text)), ...reader.end()];
    return wires.map((wire) => ({ ...wire, events: upstream.decoder.step(state, wire) }));
  }

  test("keeps what nobody knows, in order and byte for byte, and tells the receipt in its last response", async () => {
    const odd = words(fixtureBytes("unknown-names.sse"));
    const relay = client.createRelay(answerContext);
    const frames = await framesOf(odd);
    const out = words(joined([...frames.map((frame) => relay.write(frame)), relay.end(receipt)]));
    const end = odd.lastIndexOf("event: ");
    expect(out.slice(0, end)).toBe(odd.slice(0, end));
    const [before, after] = [eventsIn(odd).at(-1), eventsIn(out).at(-1)];
    expect(after).toEqual({
      ...before,
      response: { ...(before?.response as JsonObject), sluice: receipt, cost_usd: 0.25 },
    });
    expect(Object.keys(after ?? {})).toEqual(Object.keys(before ?? {}));
  });

  test("breaks with the numbers, the id and the items that it had", async () => {
    const relay = client.createRelay(answerContext);
    const frames = (await framesOf(told)).slice(0, -1);
    const out = eventsIn(words(joined([...frames.map((frame) => relay.write(frame)), relay.fail(failure, null)])));
    expect(out.map(({ sequence_number }) => sequence_number)).toEqual(out.map((_event, index) => index));
    const [error, failed] = out.slice(-2);
    expect(error).toMatchObject({ type: "error", code: "upstream_error", error: { type: "server_error" } });
    const items = eventsIn(told).flatMap((event) => (event.type === "response.output_item.done" ? [event.item] : []));
    expect(failed).toMatchObject({
      type: "response.failed",
      response: { id: "resp_1", status: "failed", error: { code: "server_error" }, output: items },
    });
  });

  test("has runs of deltas that need no parsing, and nothing else", () => {
    const blocks = told.split(/(?<=\n\n)/);
    const state = upstream.decoder.initial(decodeContext);
    const quiet: string[] = [];
    for (const block of blocks) {
      const end = upstream.decoder.quietEnd?.(state, block, 0) ?? 0;
      if (end > 0) quiet.push(eventsIn(block)[0]?.delta as string);
      const data =
        block
          .split("\n")
          .find((line) => line.startsWith("data: "))
          ?.slice(6) ?? "";
      upstream.decoder.step(state, { raw: new Uint8Array(0), event: null, data });
    }
    expect(quiet).toEqual([" are asked for.", "So call twice."]);
  });
});

describe("a stream that is written", () => {
  test("numbers its events, begins with its response, and repeats its items", async () => {
    const writer = client.createEncoder(answerContext);
    const events = await decode(words(fixtureBytes("hosted-tools.sse")));
    const out = eventsIn(words(joined([...events.map((event) => writer.write(event)), writer.end(receipt)])));
    expect(out.map(({ sequence_number }) => sequence_number)).toEqual(out.map((_event, index) => index));
    expect(out.slice(0, 2).map(({ type }) => type)).toEqual(["response.created", "response.in_progress"]);
    const done = out.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    expect(out.at(-1)).toMatchObject({ type: "response.completed", response: { output: done, sluice: receipt } });
  });

  test("has the same events as the vendor's own, in the same order", async () => {
    for (const name of ["text", "refusal", "search-citations", "hosted-tools", "custom-tool", "length"]) {
      const wire = words(fixtureBytes(`${name}.sse`));
      const request = {
        ...answerContext.request,
        origin: { dialect: "openai-responses", rest: {}, prefers: { customTools: ["run"] } },
      };
      const writer = client.createEncoder({ ...answerContext, request });
      const events = await decode(wire);
      const out = eventsIn(words(joined([...events.map((event) => writer.write(event)), writer.end(null)])));
      // How many pieces there are is the writer's own business.
      const kinds = (all: JsonObject[]) =>
        all.map(({ type }) => type).filter((type, at, list) => type !== list[at - 1]);
      expect(kinds(out), name).toEqual(kinds(eventsIn(wire)));
    }
  });
});

describe("what only this dialect knows of an item", () => {
  const message = (id: string, phase: string, text: string) => ({
    id,
    type: "message",
    status: "completed",
    role: "assistant",
    phase,
    content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
  });
  const call = {
    id: "fc_1",
    type: "function_call",
    status: "completed",
    call_id: "call_1",
    name: "go",
    arguments: "{}",
    namespace: "crm",
  };
  const output = [message("msg_1", "commentary", "I look."), call, message("msg_2", "final_answer", "Found.")];
  const body = { id: "resp_1", object: "response", created_at: 1, status: "completed", model: "m", output };
  const known = (response: JsonObject) =>
    (response.output as JsonObject[]).map(({ phase, namespace }) => phase ?? namespace);

  test("reaches a client of this dialect also where items are written anew, whole and streamed", async () => {
    const reply = upstream.decodeReply(body, decodeContext);
    expect(known(client.encodeReply(reply, answerContext))).toEqual(["commentary", "crm", "final_answer"]);

    const adjacent = { ...body, output: [output[0], output[2]] as JsonObject[] };
    const events = await decode(`data: ${JSON.stringify({ type: "response.completed", response: adjacent })}\n\n`);
    const writer = client.createEncoder(answerContext);
    const out = eventsIn(words(joined([...events.map((event) => writer.write(event)), writer.end(null)])));
    expect(known(out.at(-1)?.response as JsonObject)).toEqual(["commentary", "final_answer"]);
    expect(foldEvents(events).reply.choices[0]?.parts).toEqual([{ type: "text", text: "I look.Found." }]);
  });
});
