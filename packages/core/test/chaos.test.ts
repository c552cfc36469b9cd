import { replay, upstreams, type World } from "@sluice/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGateway } from "../src/index.ts";
import type { Receipt } from "../src/index.ts";
import { chatRequest, readStream, replyOf, streamOf, vendor } from "./_simulated.ts";

const words = ["one ", "two ", "three"];
const vendors = ["a", "b", "c"];

/** Any upstream does anything; twelve clients ask, some leave. */
async function chaos(world: World): Promise<void> {
  const { random } = world.ports;
  for (const id of vendors) world.upstream(`https://${id}.test`, upstreams.jittered(anything()));
  const gateway = createGateway(
    { providers: vendors.map((id) => vendor(id)()), models: { any: { targets: ["a/m", "b/m", "c/m"] } } },
    world.ports,
  );
  const receipts: Receipt[] = [];
  // As a server does: a runtime may forget to abort the signal of a request that nobody holds.
  const requests: Request[] = [];
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));

  await Promise.all(Array.from({ length: 12 }, () => client(random() < 0.5, random() < 0.3)));
  await gateway.close();
  expect(receipts).toHaveLength(requests.length);
  // A body may end a second later than its stream; then it is given up.
  await world.pause(2_000);
  expect(world.calls.filter((call) => call.open)).toEqual([]);

  async function client(stream: boolean, leaves: boolean): Promise<void> {
    await world.pause(random() * 5_000);
    const abort = new AbortController();
    if (leaves) world.ports.timers.set(random() * 3_000, () => abort.abort());
    const request = chatRequest({ model: "any", stream }, { signal: abort.signal });
    requests.push(request);
    const answer = await gateway
      .fetch(request)
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((error: unknown) => (leaves ? null : Promise.reject(error)));
    if (answer === null || abort.signal.aborted) return;
    if (stream && answer.status === 200) expectHonestStream(answer.text);
    else expectHonestReply(answer);
  }
}

function anything(): upstreams.Personality {
  const events = streamOf(...words);
  const whole: upstreams.Personality = (call) => {
    const { stream } = JSON.parse(new TextDecoder().decode(call.request.body ?? new Uint8Array())) as {
      stream?: boolean;
    };
    return (stream === true ? upstreams.streaming(events) : upstreams.replying(replyOf(words.join(""))))(call);
  };
  return upstreams.anyOf(
    whole,
    whole,
    upstreams.refusing(429, { "retry-after": "1" }),
    upstreams.refusing(500),
    upstreams.slow(events),
    upstreams.truncatingAfter(0, events),
    upstreams.truncatingAfter(3, events),
    upstreams.resettingAfter(1, events),
    upstreams.resettingAfter(3, events),
    upstreams.hangingAfter(2, events),
    upstreams.silentBeforeHeaders,
    upstreams.silentAfterHeaders,
    upstreams.unreachable,
    upstreams.undiallable,
  );
}

/** Complete and finished, or cut and saying so; never something in between. */
function expectHonestStream(text: string): void {
  const { content, finish, error, done } = readStream(text);
  if (error === null)
    expect({ content, finish, done }).toEqual({ content: words.join(""), finish: "stop", done: true });
  else expect({ finish, start: words.join("").startsWith(content) }).toEqual({ finish: null, start: true });
}

function expectHonestReply({ status, text }: { status: number; text: string }): void {
  const body = JSON.parse(text) as { choices?: { message: { content: string } }[]; error?: object };
  if (status === 200) expect(body.choices?.[0]?.message.content).toBe(words.join(""));
  else expect({ status, error: body.error }).toEqual({ status: expect.any(Number), error: expect.any(Object) });
}

test("whatever upstreams and clients do, an answer is whole or says that it is not, and nothing stays open", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      await replay(seed, chaos);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("a run of the whole gateway is the same run again under its seed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const once = await replay(seed, chaos);
      expect((await replay(seed, chaos)).lines).toEqual(once.lines);
    }),
    { numRuns: 10 },
  );
}, 60_000);
