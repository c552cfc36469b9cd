import type { Json, JsonObject } from "@sluice/core";
import { replay } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openaiChat } from "../../src/index.ts";
import { joined, subjectOf } from "../_subject.ts";

const { upstream, client, decodeContext, answerContext, decodeBytes, encodeEvents, requestOf } = subjectOf(
  openaiChat,
  "m",
);

/** As a wire can say it: it has no negative zero. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const members = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,4}$/), json, {
  maxKeys: 3,
});
const chunk = fc.record({ text: fc.string({ minLength: 1 }), chunk: members, choice: members, message: members });
type Chunk = { text: string; chunk: JsonObject; choice: JsonObject; message: JsonObject };

const head = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m" };
const streamOf = (chunks: readonly Chunk[]): Uint8Array =>
  joined([
    ...chunks.map(({ text, chunk: top, choice, message }) => {
      const said = { index: 0, delta: { content: text, ...message }, finish_reason: null, ...choice };
      return `data: ${JSON.stringify({ ...head, choices: [said], ...top })}\n\n`;
    }),
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
  ]);

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const unknown = (object: JsonObject) => Object.entries(object).filter(([name]) => name.startsWith("x_"));
const chunksIn = (bytes: Uint8Array) =>
  new TextDecoder()
    .decode(bytes)
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice(6)) as { choices: { delta: JsonObject }[] } & JsonObject);

// A quirk of the vendor closes the byte path; what nobody knows of its chunks arrives all the same.
test("a chunk that is written anew keeps what nobody knows, at each of its places and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { minLength: 1, maxLength: 4 }), async (chunks) => {
      const written = chunksIn(encodeEvents(await decodeBytes(one(streamOf(chunks)))));
      expect(written.flatMap(unknown)).toEqual(chunks.flatMap((each) => Object.entries(each.chunk)));
      expect(written.flatMap(({ choices }) => choices.flatMap(unknown))).toEqual(
        chunks.flatMap((each) => Object.entries(each.choice)),
      );
      expect(written.flatMap(({ choices }) => choices.flatMap(({ delta }) => unknown(delta)))).toEqual(
        chunks.flatMap((each) => Object.entries(each.message)),
      );
    }),
  );
});

test("a whole answer that is written anew keeps them too, also when it is streamed then", () => {
  fc.assert(
    fc.property(chunk, ({ text, chunk: top, choice, message }) => {
      const said = { index: 0, message: { role: "assistant", content: text, ...message }, finish_reason: "stop" };
      const body = { ...head, object: "chat.completion", choices: [{ ...said, ...choice }], ...top };
      const reply = upstream.decodeReply(body, decodeContext);
      const again = client.encodeReply(reply, answerContext) as typeof body;
      expect(unknown(again)).toEqual(Object.entries(top));
      expect(unknown(again.choices[0] as JsonObject)).toEqual(Object.entries(choice));
      expect(unknown(again.choices[0]?.message as JsonObject)).toEqual(Object.entries(message));

      const written = chunksIn(encodeEvents(replay(reply)));
      expect(written.flatMap(unknown)).toEqual(Object.entries(top));
    }),
  );
});

test("a client of another dialect hears that they are lost, once for each name", async () => {
  const bytes = streamOf([1, 2].map(() => ({ text: "Hi", chunk: { x_a: 1 }, choice: {}, message: { x_b: 2 } })));
  const origin = { dialect: "anthropic", rest: {}, prefers: {} };
  const events = await decodeBytes(one(bytes), { ...decodeContext, request: requestOf({ origin }) });
  expect(events.flatMap((event) => (event.type === "warning" ? [event.warning.field] : []))).toEqual(["x_a", "x_b"]);
  expect(events.filter((event) => event.type === "rest")).toEqual([]);
});
