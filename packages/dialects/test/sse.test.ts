import { cutFrames } from "@sluice/core";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WireFrame } from "@sluice/core";
import { createSseReader, sseEvent } from "../src/sse.ts";

const utf8 = new TextEncoder();
const wide = { maxEventBytes: 1 << 20 };

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
  yield bytes.subarray(start);
}

async function framesOf(text: string | Uint8Array, cuts: readonly number[] = [], limits = wide): Promise<WireFrame[]> {
  const bytes = typeof text === "string" ? utf8.encode(text) : text;
  return Array.fromAsync(cutFrames({ createFrameReader: createSseReader }, chunksOf(bytes, cuts), limits));
}

const eventsOf = (frames: readonly WireFrame[]) =>
  frames.filter((frame) => frame.data !== "").map(({ event, data }) => ({ event, data }));
const joined = (frames: readonly WireFrame[]) => Buffer.concat(frames.map((frame) => frame.raw));

describe("fields", () => {
  test.each([
    ["LF", "data: a\n\ndata: b\n\n", ["a", "b"]],
    ["CR", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["mixed line ends", "data: a\r\n\ndata: b\n\r\n", ["a", "b"]],
    ["a byte order mark", "\uFEFFdata: a\n\n", ["a"]],
    ["several data lines", "data: a\ndata:  b\ndata\n\n", ["a\n b\n"]],
    ["comments between lines", ": hi\ndata: a\n:\n\n", ["a"]],
    ["unknown fields", "id: 1\nretry: 5\nfoo: x\ndata: a:b\n\n", ["a:b"]],
    ["a byte order mark inside data", "data: \uFEFFa\n\n", ["\uFEFFa"]],
  ])("reads %s", async (_, text, expected) => {
    expect(eventsOf(await framesOf(text)).map((event) => event.data)).toEqual(expected);
  });

  test("gives the event name, and null where there is none", async () => {
    expect(eventsOf(await framesOf("event: ping\ndata: {}\n\ndata: {}\n\n"))).toEqual([
      { event: "ping", data: "{}" },
      { event: null, data: "{}" },
    ]);
  });

  test("shows a comment as a frame without data as soon as it is complete", async () => {
    const frames = await framesOf(": keep-alive\n\ndata: a\n\n");
    expect(frames.map((frame) => frame.data)).toEqual(["", "a"]);
  });
});

describe("the end of the body", () => {
  test.each([
    ["data: [DONE]", ["[DONE]"]],
    ['data: {"a":1}', ['{"a":1}']],
    ['data: {"a":1}\n', ['{"a":1}']],
    ['data: {"a":', []],
    ['data: {"a":1}\n\ndata: {"b', ['{"a":1}']],
    ["event: message_stop\n", []],
  ])("%j gives %j", async (text, expected) => {
    expect(eventsOf(await framesOf(text)).map((event) => event.data)).toEqual(expected);
  });

  test.each(["data: 1", "data: 1\n", ": half a comment", "dat", "event: x\n", ": comment\n"])(
    "what is written after %j cannot run into it",
    async (tail) => {
      const written = `${joined(await framesOf(`data: 0\n\n${tail}`)).toString()}data: {"error":1}\n\n`;
      expect(eventsOf(await framesOf(written)).at(-1)).toEqual({ event: null, data: '{"error":1}' });
    },
  );

  test("leaves the bytes of a cut block out", async () => {
    expect(joined(await framesOf('data: 1\n\ndata: {"half')).toString()).toBe("data: 1\n\n");
  });
});

describe("size", () => {
  test("refuses a block above the limit before its end is seen", async () => {
    await expect(framesOf(`data: ${"x".repeat(100)}`, [], { maxEventBytes: 64 })).rejects.toMatchObject({
      failure: { class: "protocol" },
    });
  });

  test("refuses a whole block above the limit that came in one read", async () => {
    await expect(framesOf(`data: ${"x".repeat(100)}\n\ndata: 1\n\n`, [], { maxEventBytes: 64 })).rejects.toThrow("64");
  });

  test("many small events in one read are no large event", async () => {
    expect(await framesOf("data: 1\n\n".repeat(1000), [], { maxEventBytes: 64 })).toHaveLength(1000);
  });
});

describe("any bytes, cut anywhere", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "data: ",
      "data:",
      "data",
      "event: x",
      "id: 1",
      ":",
      ": c",
      "\n",
      "\r",
      "\r\n",
      "\n\n",
      "ä€😀",
      "\uFEFF",
      " ",
    ),
    fc.string({ maxLength: 6 }),
  );
  const body = fc.array(piece, { maxLength: 40 }).map((pieces) => `${pieces.join("")}\n\n`);

  test("events are those of eventsource-parser", async () => {
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const expected: { event: string | null; data: string }[] = [];
        const parser = createParser({
          onEvent: (event) => void expected.push({ event: event.event || null, data: event.data }),
        });
        // The oracle keeps an open CR waiting; one more blank line settles it without adding an event.
        parser.feed(`${text}\n\n`);
        expect(eventsOf(await framesOf(`${text}\n\n`))).toEqual(expected.filter((event) => event.data !== ""));
      }),
    );
  });

  test("cuts change neither events nor bytes", async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.array(fc.nat(400), { maxLength: 12 }), async (text, cuts) => {
        const bytes = utf8.encode(text);
        const whole = await framesOf(bytes);
        const cut = await framesOf(
          bytes,
          cuts.map((at) => Math.min(at, bytes.length)),
        );
        const single = await framesOf(bytes, [...bytes.keys()]);
        expect(eventsOf(cut)).toEqual(eventsOf(whole));
        expect(eventsOf(single)).toEqual(eventsOf(whole));
        for (const frames of [whole, cut, single]) expect(joined(frames)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test("what sseEvent writes is read back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (data) => {
        expect(eventsOf(await framesOf(sseEvent(data, "delta")))).toEqual([{ event: "delta", data }]);
      }),
    );
  });
});

describe("quiet runs", () => {
  const line = fc.constantFrom(
    "data: a",
    "data: ä€",
    "event: x",
    ": c",
    "data: 😀",
    "data: \uFEFF",
    "id: 1",
    "\uFEFF",
    "",
  );
  const body = fc
    .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom("\n", "\n", "\n", "\r\n", "\r"), fc.boolean())
    .map(([lines, end, broken]) => {
      const bytes = utf8.encode(lines.join(end) + end + end);
      // The first half of a character, and a byte that is none.
      return broken ? bytes.map((byte, at) => (at % 7 === 3 && byte > 127 ? 0xff : byte)) : bytes;
    });

  /** Calls so many of the next blocks quiet, whatever they are; cuts where the calls say. */
  function readWith(bytes: Uint8Array, cuts: readonly number[], counts: readonly number[]): WireFrame[] {
    const reader = createSseReader(wide);
    const frames: WireFrame[] = [];
    let asked = 0;
    const quietEnd = (text: string, start: number) => {
      let end = start;
      for (let count = counts[asked++ % (counts.length || 1)] ?? 0; count > 0; count--) {
        end = text.includes("\n\n", end) ? text.indexOf("\n\n", end) + 2 : end;
      }
      return end;
    };
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
    for (const [at, end] of places.entries())
      frames.push(...reader.push(bytes.subarray(places[at - 1] ?? 0, end), quietEnd));
    return [...frames, ...reader.end()];
  }

  test("take no byte away and change no order, whatever is called quiet and wherever it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.array(fc.nat()), fc.array(fc.nat({ max: 3 })), async (bytes, cuts, counts) => {
        const quiet = readWith(bytes, cuts, counts);
        expect(joined(quiet)).toEqual(joined(await framesOf(bytes)));
        const events = eventsOf(await framesOf(bytes));
        const left = eventsOf(quiet);
        let at = 0;
        for (const event of events) if (JSON.stringify(event) === JSON.stringify(left[at])) at++;
        expect(at).toBe(left.length);
      }),
      { numRuns: 500 },
    );
  });

  test("are one frame each, without data", () => {
    const frames = readWith(utf8.encode("data: ä\n\ndata: b\n\ndata: c\n\ndata: d\n\n"), [], [2]);
    expect(frames.map(({ raw, data }) => [new TextDecoder().decode(raw), data])).toEqual([
      ["data: ä\n\ndata: b\n\n", ""],
      ["data: c\n\n", "c"],
      ["data: d\n\n", "d"],
    ]);
  });
});

test("lines that are cut out of a read as text are those that are decoded one by one", () => {
  const line = fc.constantFrom("data: Hi", "data: \u00e9\u2028\u{1f600}", "event: ping", ": comment", "", "", "data:");
  const noise = fc.uint8Array({ maxLength: 3 });
  const body = fc
    .array(fc.tuple(line, fc.constantFrom("\n", "\n", "\r\n", "\r")), { maxLength: 12 })
    .map((lines) => utf8.encode(lines.map((each) => each.join("")).join("")));
  fc.assert(
    fc.property(body, fc.array(fc.nat(80), { maxLength: 6 }), noise, (bytes, cuts, broken) => {
      const whole = new Uint8Array([...bytes, ...broken, ...bytes]);
      const read = (quietEnd?: (text: string, start: number) => number) => {
        const reader = createSseReader(wide);
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
        const frames = places.flatMap((place, index) => [
          ...reader.push(whole.slice(place, places[index + 1] ?? whole.length), quietEnd),
        ]);
        return [...frames, ...reader.end()];
      };
      expect(read()).toEqual(read((_text, start) => start));
    }),
    { numRuns: 1_000 },
  );
});
