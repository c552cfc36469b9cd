import { upstreams } from "@sluice/testkit";
import { expect, test } from "vitest";
import { chatRequest, simulate, streamOf } from "./_simulated.ts";

const events = streamOf(...Array.from({ length: 2_000 }, () => "x".repeat(1_000)));

test("F32: a client that stops reading stops the upstream, and is gone after the write stall", async () => {
  const { world, gateway, receipts } = simulate();
  world.upstream("https://a.test", upstreams.streaming(events, { eventMs: 0 }));
  const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  await world.run(reader.read());

  await world.run(world.pause(59_000));
  const received = world.calls[0]?.acts.filter((act) => act.startsWith("bytes")).length ?? 0;
  expect(received).toBeLessThan(256);
  expect(receipts).toEqual([]);

  await world.run(world.pause(2_000));
  expect(receipts).toMatchObject([{ complete: false, error: { code: "SLUICE_CLIENT_GONE" } }]);
  expect(world.calls).toMatchObject([{ open: false }]);
  await expect(reader.read()).rejects.toThrow(/reading/);
  expect(gateway.active).toBe(0);
});

test("a slow reader is no stalled one, and a silent upstream is not its fault", async () => {
  const { world, gateway, receipts } = simulate({
    timeouts: { idleMs: 200_000, firstTokenMs: 400_000, totalMs: 4_000_000 },
  });
  world.upstream("https://a.test", upstreams.streaming(streamOf("one", "two", "three"), { eventMs: 90_000 }));
  const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  for (;;) {
    const { done } = await world.run(reader.read());
    if (done) break;
    await world.run(world.pause(50_000));
  }
  expect(receipts).toMatchObject([{ complete: true }]);
});

test("who never begins to read is gone as well", async () => {
  const { world, gateway, receipts } = simulate();
  world.upstream("https://a.test", upstreams.streaming(events));
  const response = await world.run(gateway.fetch(chatRequest({ stream: true })));
  await world.run(world.pause(61_000));
  expect(receipts).toMatchObject([{ complete: false, error: { code: "SLUICE_CLIENT_GONE" } }]);
  expect(response.bodyUsed).toBe(false);
});
