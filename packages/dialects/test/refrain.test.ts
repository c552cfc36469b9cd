import type { DecodeContext, JsonObject, StreamEvent, WireFrame } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reducer, stepEvent } from "../src/anthropic/decode-stream.ts";
import { Refrain } from "../src/refrain.ts";
import { decodeContext } from "./anthropic/fixtures.ts";

const words = fc.oneof(
  fc.constantFrom("", "Hi", " there", 'say "no"', "a\nb", "text", "text_delta", ":", "}}", "\u2028", "é", "\\"),
  fc.string(),
);

/** JSON as other writers write it: spaced out, with members in another order, with letters as escapes. */
const written = (value: JsonObject) =>
  fc.constantFrom(
    JSON.stringify(value),
    JSON.stringify(value),
    JSON.stringify(value, null, 1).replaceAll("\n", ""),
    JSON.stringify(Object.fromEntries(Object.entries(value).toReversed())),
    JSON.stringify(value).replaceAll("e", String.raw`\u0065`),
    `${JSON.stringify(value).slice(0, -1)},"more":"Hi"}`,
    JSON.stringify(value).slice(0, -1),
    JSON.stringify(value).replace('"}', "}"),
  );

const delta = (members: JsonObject) => written({ type: "content_block_delta", index: 0, delta: members });

const ordinary = fc.oneof(
  { weight: 8, arbitrary: words.chain((text) => delta({ type: "text_delta", text })) },
  { weight: 4, arbitrary: words.chain((thinking) => delta({ type: "thinking_delta", thinking })) },
  words.chain((text) => written({ delta: { type: "text_delta", text } })),
  fc.constantFrom("text", "thinking", "tool_use").chain((type) => {
    return written({ type: "content_block_start", index: 1, content_block: { type, id: "c", name: "clock" } });
  }),
  written({ type: "content_block_stop", index: 0 }),
  written({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: { a: 1 } } }),
);

/** The string that changes stands in the event twice, or once and in escapes: it is not the one that was seen. */
const misleading = fc
  .tuple(fc.constantFrom("text_delta", "what"), fc.constantFrom("text_delta", String.raw`text\u005fdelta`))
  .map(([type, text]) => `{"type":"content_block_delta","delta":{"type":"${type}","text":"${text}"}}`);

const event = fc.oneof({ weight: 4, arbitrary: ordinary }, misleading);

/** What follows an event: the same with another text, or any. */
const following = fc.oneof(
  words.map((text) => (data: string) => data.replace(JSON.stringify(textIn(data)), () => JSON.stringify(text))),
  event.map((data) => () => data),
);

const frame: fc.Arbitrary<WireFrame> = fc
  .tuple(event, fc.constantFrom(null, "content_block_delta", "content_block_stop", "error"))
  .map(([data, name]) => ({ raw: new Uint8Array(0), event: name, data }));

const opening = [
  '{"type":"message_start","message":{}}',
  '{"type":"content_block_start","content_block":{"type":"text"}}',
];

describe("events that differ in one string", () => {
  test("are decoded as if each was parsed whole", () => {
    let short = 0;
    const seen = spyOn(() => short++);
    fc.assert(
      fc.property(fc.array(frame, { minLength: 2, maxLength: 12 }), (frames) => {
        const all = [...opening.map((data) => ({ raw: new Uint8Array(0), event: null, data })), ...frames];
        expect(decodedBy(seen, all)).toEqual(decodedBy(parsedWhole, all));
      }),
      { numRuns: 2_000 },
    );
    expect(short).toBeGreaterThan(50);
  });

  test("are told from those that differ otherwise", () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), following, (before, follow) => {
        const last = follow(before.at(-1) as string);
        const refrain = new Refrain();
        for (const data of before) {
          const noted = textIn(data);
          if (typeof noted === "string") refrain.note(data, noted);
        }
        const text = refrain.textOf(last);
        if (text === null) return;
        told++;
        expect(text).toBe(textIn(last));
      }),
      { numRuns: 2_000 },
    );
    expect(told).toBeGreaterThan(200);
  });
});

type Step = typeof reducer.step;

function decodedBy(step: Step, frames: readonly WireFrame[]): StreamEvent[] {
  const state = reducer.initial(decodeContext as DecodeContext);
  return frames.flatMap((each) => step(state, each));
}

const parsedWhole: Step = (state, wire) => {
  state.refrainOf = null;
  const event = parsed(wire.data);
  return event === null || state.done ? reducer.step(state, wire) : stepEvent(state, event, wire.event);
};

function spyOn(onShort: () => void): Step {
  return (state, wire) => {
    if (state.block !== null && state.block === state.refrainOf && state.refrain.textOf(wire.data) !== null) onShort();
    return reducer.step(state, wire);
  };
}

function parsed(data: string): JsonObject | null {
  try {
    return JSON.parse(data) as JsonObject;
  } catch {
    return null;
  }
}

function textIn(data: string): unknown {
  const inner = parsed(data)?.["delta"] as JsonObject | undefined;
  return inner?.["text"] ?? inner?.["thinking"];
}
