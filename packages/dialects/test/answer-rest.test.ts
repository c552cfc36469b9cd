import type { Dialect, Json, JsonObject } from "@sluice/core";
import { replay } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anthropic, gemini } from "../src/index.ts";
import { subjectOf } from "./_subject.ts";

interface Wire {
  dialect: Dialect;
  /** A whole answer with unknown members at each place that is kept. */
  body: (unknown: JsonObject) => JsonObject;
  places: (body: JsonObject) => unknown[];
}

type Any = { readonly [name: string]: Any } | undefined;
const at = (body: JsonObject, path: string): unknown =>
  path.split(".").reduce<Any>((value, name) => value?.[name], body as unknown as Any);

const wires: Readonly<Record<string, Wire>> = {
  anthropic: {
    dialect: anthropic,
    body: (unknown) => ({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "toolu_1", name: "look", input: { a: 1 } },
        { type: "tool_use", id: "toolu_2", name: "look", input: {}, ...unknown },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 1, output_tokens: 1 },
      ...unknown,
    }),
    places: (body) => [body, at(body, "content.2")],
  },
  gemini: {
    dialect: gemini,
    body: (unknown) => ({
      candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP", index: 0, ...unknown }],
      modelVersion: "m",
      ...unknown,
    }),
    places: (body) => [body, at(body, "candidates.0")],
  },
};

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const unknowns = fc.dictionary(fc.stringMatching(/^x[a-z]{1,4}$/), json, { minKeys: 1, maxKeys: 3 });

// A stage that reads a stream closes the byte path: the answer is written anew, and this is kept.
describe.each(Object.entries(wires))("an answer of %s that is written anew in the same dialect", (_id, wire) => {
  const { upstream, client, decodeContext, answerContext, encodeEvents } = subjectOf(wire.dialect, "m");

  test("keeps what nobody knows of it, whole and streamed", () => {
    fc.assert(
      fc.property(unknowns, (unknown) => {
        const reply = upstream.decodeReply(wire.body(unknown), decodeContext);
        const again = client.encodeReply(reply, answerContext);
        for (const place of wire.places(again)) expect(place).toMatchObject(unknown);

        const streamed = new TextDecoder().decode(encodeEvents(replay(reply), answerContext, false));
        const events = streamed.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []));
        const told = events.map((data) => JSON.stringify(JSON.parse(data))).join("\n");
        for (const [name, value] of Object.entries(unknown)) {
          const found = told.split(`${JSON.stringify(name)}:${JSON.stringify(value)}`).length - 1;
          expect(found).toBeGreaterThanOrEqual(wire.places(again).length);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("tells other dialects nothing of it", () => {
    const origin = { dialect: "another", rest: {}, prefers: {} };
    const request = { ...decodeContext.request, origin };
    expect(upstream.decodeReply(wire.body({ x: 1 }), { ...decodeContext, request }).rest).toBeUndefined();
  });
});
