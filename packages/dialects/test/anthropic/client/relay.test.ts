import { cutFrames } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { answerContext, client, cut, fixtureBytes, fixtureNames, joined, receipt, upstream } from "../fixtures.ts";
import { wireEvents } from "./_wire.ts";

describe("relaying frames", () => {
  async function relayed(name: string, withReceipt: boolean): Promise<Uint8Array> {
    const relay = client.createRelay(answerContext);
    const pieces: (string | Uint8Array)[] = [];
    for await (const frame of cutFrames(upstream, cut(fixtureBytes(`${name}.sse`)), { maxEventBytes: 1 << 20 })) {
      pieces.push(relay.write({ ...frame, events: [] }));
    }
    return joined([...pieces, relay.end(withReceipt ? receipt : null)]);
  }

  test.for([...fixtureNames(".reply.json"), "unknown-names", "usage-late"])(
    "%s: passes every byte when the body stays bare",
    async (name) => {
      expect(await relayed(name, false)).toEqual(new Uint8Array(fixtureBytes(`${name}.sse`)));
    },
  );

  test.for(fixtureNames(".reply.json"))("%s: changes message_stop alone for the receipt", async (name) => {
    const before = new TextDecoder().decode(fixtureBytes(`${name}.sse`));
    const after = new TextDecoder().decode(await relayed(name, true));
    const start = before.indexOf("event: message_stop");
    expect(after.slice(0, start)).toBe(before.slice(0, start));
    expect(wireEvents(new TextEncoder().encode(after)).at(-1)).toEqual({ type: "message_stop", sluice: receipt });
  });
});

test("a relay ends a line that was split between CR and LF before it writes its own event", async () => {
  const body = new TextDecoder().decode(fixtureBytes("text.sse")).replaceAll("\n", "\r\n");
  const bytes = new TextEncoder().encode(body);
  const places = Array.from(bytes, (_byte, index) => index);
  const relay = client.createRelay(answerContext);
  const pieces: (string | Uint8Array)[] = [];
  for await (const frame of cutFrames(upstream, cut(bytes, places), { maxEventBytes: 1 << 20 })) {
    pieces.push(relay.write({ ...frame, events: [] }));
  }
  const written = new TextDecoder().decode(joined([...pieces, relay.end(receipt)]));
  expect(written).toContain("\r\n\r\nevent: message_stop\n");
  expect(written).toContain('"sluice"');
});
