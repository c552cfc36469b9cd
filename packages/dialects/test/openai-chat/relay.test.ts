import { cutFrames } from "@sluice/core";
import { describe, expect, test } from "vitest";
import {
  chunksOf,
  client,
  contextOf,
  expectationOf,
  failure,
  fixtureBytes,
  framesOf,
  receipt,
  upstream,
} from "./fixtures.ts";
import { requestOf, targetOf } from "./fixtures.ts";
import type { Receipt } from "@sluice/core";

async function relayed(
  bytes: Uint8Array,
  prefers: Record<string, unknown>,
  told: Receipt | null,
): Promise<{ early: string; late: string }> {
  const writer = client.createRelay(contextOf(prefers));
  const state = upstream.decoder.initial({ target: targetOf(), request: requestOf() });
  const pieces: Uint8Array[] = [];
  for (const frame of await framesOf(bytes)) {
    const piece = writer.write({ ...frame, events: upstream.decoder.step(state, frame) });
    pieces.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  }
  const tail = writer.end(told);
  return {
    early: Buffer.concat(pieces).toString(),
    late: typeof tail === "string" ? tail : Buffer.from(tail).toString(),
  };
}

const textOf = (name: string) => new TextDecoder().decode(fixtureBytes(`${name}.sse`));
const bytePath = [
  "text",
  "text-crlf",
  "tools-parallel",
  "reasoning-content",
  "unknown-names",
  "choices",
  "usage-null",
  "late-content",
];

describe.each(bytePath)("the stream %s", (name) => {
  test("passes byte by byte to a client who asked for usage and no receipt", async () => {
    const { early, late } = await relayed(fixtureBytes(`${name}.sse`), { includeUsage: true }, null);
    expect(early + late).toBe(textOf(name));
  });

  test("loses nothing but the usage chunk for a client who did not ask", async () => {
    const { early, late } = await relayed(fixtureBytes(`${name}.sse`), {}, null);
    const expected = textOf(name)
      .split(/(?<=\n\r?\n)/)
      .filter((frame) => !frame.includes('"choices":[],"usage"'))
      .join("");
    expect(early + late).toBe(expected);
  });

  test("carries the receipt on its last event alone", async () => {
    const { early, late } = await relayed(fixtureBytes(`${name}.sse`), {}, receipt);
    expect(early).not.toContain('"sluice"');
    const chunks = chunksOf(late.replaceAll("\r\n", "\n"));
    expect(chunks.at(-1)).toMatchObject({ sluice: { request_id: "req_1" }, cost_usd: 0.25 });
    expect(chunks.filter((chunk) => "sluice" in chunk)).toHaveLength(1);
    expect(late).toMatch(/data: \[DONE\](\n\n|\r\n\r\n)$/);
  });
});

test("the usage chunk carries receipt and cost for a client who asked", async () => {
  const { early, late } = await relayed(fixtureBytes("text.sse"), { includeUsage: true }, receipt);
  expect(early).not.toContain('"finish_reason":"stop"');
  expect(chunksOf(late)).toMatchObject([
    { choices: [{ finish_reason: "stop" }] },
    { choices: [], usage: { total_tokens: 26, cost: 0.25 }, sluice: {} },
  ]);
});

test("a client who asked gets the gateway's count where the vendor sent none", async () => {
  const bytes = new TextEncoder().encode(
    textOf("text")
      .split("\n\n")
      .filter((frame) => !frame.includes('"usage"'))
      .join("\n\n"),
  );
  const { late } = await relayed(bytes, { includeUsage: true }, receipt);
  expect(chunksOf(late)).toMatchObject([
    { choices: [{ finish_reason: "stop" }] },
    { choices: [], usage: { total_tokens: 3 } },
  ]);
});

test("comments pass at once", async () => {
  const writer = client.createRelay(contextOf());
  const [frame] = await framesOf(new TextEncoder().encode(": OPENROUTER PROCESSING\n\n"));
  expect(Buffer.from(writer.write({ ...(frame as NonNullable<typeof frame>), events: [] })).toString()).toBe(
    ": OPENROUTER PROCESSING\n\n",
  );
});

test("a last event without its blank line is closed before the terminator", async () => {
  const text = textOf("no-done").trimEnd();
  const { late } = await relayed(new TextEncoder().encode(text), {}, null);
  expect(late).toMatch(/\}\n\ndata: \[DONE\]\n\n$/);
});

test("a failure takes the finish back and ends in the gateway's own error", async () => {
  const writer = client.createRelay(contextOf());
  const state = upstream.decoder.initial({ target: targetOf(), request: requestOf() });
  let out = "";
  for (const frame of await framesOf(fixtureBytes("no-done.sse"))) {
    out += Buffer.from(writer.write({ ...frame, events: upstream.decoder.step(state, frame) })).toString();
  }
  out += String(writer.fail(failure, receipt));
  expect(out).not.toContain('"finish_reason":"stop"');
  expect(out).toMatch(/data: \{"error":[^\n]+\n\ndata: \[DONE\]\n\n$/);
});

test("a line that was split between CR and LF is ended before the gateway's own event", async () => {
  const bytes = new TextEncoder().encode(textOf("text").replaceAll("\n", "\r\n"));
  async function* single(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  for (const end of ["receipt", "failure"] as const) {
    const writer = client.createRelay(contextOf());
    const state = upstream.decoder.initial({ target: targetOf(), request: requestOf() });
    let out = "";
    for await (const frame of cutFrames(upstream, single(), { maxEventBytes: 1 << 20 })) {
      out += Buffer.from(writer.write({ ...frame, events: upstream.decoder.step(state, frame) })).toString("latin1");
    }
    out += String(end === "receipt" ? writer.end(receipt) : writer.fail(failure, receipt));
    // No line of the gateway's begins behind a lone CR.
    expect(out).not.toMatch(/\rdata/);
    expect(out).toContain('"sluice"');
  }
});

test("an upstream's in-band error is not passed on", async () => {
  expect(expectationOf("error-after-content").events.at(-1)?.type).toBe("error");
  const { early } = await relayed(fixtureBytes("error-after-content.sse"), {}, null);
  expect(early).not.toContain("The server had an error");
});
