import { upstreams } from "@sluice/testkit";
import type { Personality } from "@sluice/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definePlugin, defineProvider } from "../src/index.ts";
import type { Answer, Dialect, Receipt, Reply, ReplyAnswer } from "../src/index.ts";
import { dialects } from "@sluice/dialects";
import { replyOf, simulate } from "./_simulated.ts";

// An answer that nobody but the client reads is not decoded. Whoever looks at it has it decoded: all else must be the same.
const around = {
  nobody: [],
  bystander: [definePlugin("bystander", () => ({ respond: (_ctx, next) => next(), stream: (events) => events }))()],
  reader: [
    definePlugin("reader", () => ({
      async attempt(_ctx, _attempt, next) {
        const answer = await next();
        return answer.kind === "reply" && answer.reply.choices.length > 99 ? next() : answer;
      },
    }))(),
  ],
  copier: [
    definePlugin("copier", () => ({
      async respond(_ctx, next) {
        const answer = await next();
        return answer.kind === "reply" ? { ...answer } : answer;
      },
    }))(),
  ],
};

const priced = (id: string) =>
  defineProvider({
    id,
    name: id,
    dialects,
    speaks: ["openai-chat"],
    baseURL: `https://${id}.test/v1`,
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
  })({ prices: { m: { perMillion: { input_token: 1, output_token: 2 } } } });

async function told(personality: Personality, who: keyof typeof around) {
  const { chat, world, receipts } = simulate({
    providers: [priced("a"), priced("b")],
    plugins: around[who],
    limits: { replyBytes: 20_000 },
    models: { m: { targets: ["a/m", "b/m"] } },
  });
  world.upstream("https://a.test", personality);
  world.upstream("https://b.test", upstreams.replying(replyOf("second")));
  const { status, text } = await chat({ model: "m" });
  const [receipt] = receipts as [Receipt];
  return { status, text, receipt, calls: world.calls.map(({ url }) => url) };
}

async function expectSame(personality: Personality) {
  const tapped = await told(personality, "nobody");
  for (const who of ["bystander", "reader", "copier"] as const) expect(await told(personality, who)).toEqual(tapped);
  return tapped;
}

/** A 200 whose body comes as it is told, in so many reads. */
const answering =
  (body: string, { type = "application/json", reads = 1 } = {}): Personality =>
  () => {
    const bytes = new TextEncoder().encode(body);
    const size = Math.max(1, Math.ceil(bytes.length / reads));
    const pieces = Array.from({ length: reads }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    return [
      { do: "head", status: 200, headers: { "content-type": type } },
      ...pieces.filter(({ length }) => length > 0).map((piece) => ({ do: "bytes" as const, bytes: piece, afterMs: 5 })),
      { do: "end" },
    ];
  };

const changed = (changes: object, choice: object = {}) => {
  const reply = replyOf("hello") as { choices: object[] };
  return JSON.stringify({ ...reply, choices: reply.choices.map((each) => ({ ...each, ...choice })), ...changes });
};

describe("whether or not somebody is around an answer, the same bytes, attempts and receipt", () => {
  test.each<[string, Personality, string]>([
    ["an answer", answering(changed({})), "a"],
    ["an answer in many reads", answering(changed({}), { reads: 40 }), "a"],
    ["an answer of another type", answering(changed({}), { type: "text/plain" }), "a"],
    ["an error with status 200", answering(JSON.stringify({ error: { message: "overloaded", code: 503 } })), "b"],
    ["an error beside an answer", answering(changed({ error: { message: "overloaded", code: 503 } })), "b"],
    ["an error in a choice", answering(changed({}, { error: { message: "overloaded", code: 503 } })), "b"],
    ["no choices", answering(changed({ choices: [] })), "b"],
    ["a page", answering("<html>busy</html>", { type: "text/html" }), "b"],
    ["nothing", answering(""), "b"],
    ["half an answer", answering(changed({}).slice(0, 100)), "b"],
    ["too much", answering(changed({ more: "x".repeat(30_000) })), "b"],
    ["too much in many reads", answering(changed({ more: "x".repeat(30_000) }), { reads: 9 }), "b"],
    ["as much as may be", answering(changed({ more: "x".repeat(19_000) }), { reads: 9 }), "a"],
    ["no usage", answering(changed({ usage: undefined })), "a"],
    ["half a usage", answering(changed({ usage: { prompt_tokens: 5 } })), "a"],
    [
      "usage with more in it",
      answering(
        changed({ usage: { prompt_tokens: 50, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 20 } } }),
      ),
      "a",
    ],
    [
      "a call",
      answering(
        changed(
          {},
          {
            finish_reason: "tool_calls",
            message: { tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }] },
          },
        ),
      ),
      "a",
    ],
    [
      "a broken call",
      answering(
        changed(
          {},
          {
            finish_reason: "tool_calls",
            message: { tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{" } }] },
          },
        ),
      ),
      "b",
    ],
    ["an unknown reason", answering(changed({}, { finish_reason: "because" })), "a"],
    ["a failed end", answering(changed({}, { finish_reason: "error" })), "b"],
    ["fields nobody knows", answering(changed({ own: { a: 1 } }, { own: [1] })), "a"],
    [
      "a connection that breaks",
      () => [
        { do: "head", status: 200, headers: { "content-type": "application/json" } },
        { do: "bytes", bytes: "{" },
        { do: "break", phase: "sent" },
      ],
      "b",
    ],
    [
      "an answer that never ends",
      () => [
        { do: "head", status: 200, headers: { "content-type": "application/json" } },
        { do: "bytes", bytes: "{" },
        { do: "hang" },
      ],
      "b",
    ],
  ])("%s", async (_name, personality, from) => {
    const { receipt } = await expectSame(personality);
    expect(receipt.channel).toBe(from);
  });

  test("an answer of any make", async () => {
    const answers = fc.record(
      {
        choices: fc.array(
          fc.record(
            {
              index: fc.constantFrom<unknown>(0, 1, 200, "0"),
              message: fc.constantFrom<unknown>({ role: "assistant", content: "Hi" }, { content: [] }, null, 5),
              finish_reason: fc.constantFrom<unknown>("stop", "length", "tool_calls", "error", "eos", null, 5),
            },
            { requiredKeys: ["message", "finish_reason"] },
          ),
          { maxLength: 2 },
        ),
        usage: fc.oneof(
          fc.record({ prompt_tokens: fc.nat(100), completion_tokens: fc.nat(100) }, { requiredKeys: [] }),
          fc.jsonValue({ maxDepth: 1 }),
        ),
        error: fc.constantFrom<unknown>(null, "", { message: "no" }),
        id: fc.constantFrom<unknown>("chatcmpl-1", null, 5),
        model: fc.constantFrom<unknown>("m", 5),
        service_tier: fc.constantFrom<unknown>("default", null),
      },
      { requiredKeys: ["choices"] },
    );
    const run = fc.asyncProperty(answers, fc.integer({ min: 1, max: 4 }), async (body, reads) => {
      expect((await expectSame(answering(JSON.stringify(body), { reads }))).status).toBeLessThan(600);
    });
    await fc.assert(run, { numRuns: 60 });
  });
});

test("who makes another answer of one that was not decoded is heard", async () => {
  const loud = definePlugin("loud", () => ({
    async respond(_ctx, next) {
      const answer = await next();
      if (answer.kind !== "reply") return answer;
      const choices = answer.reply.choices.map((choice) => ({
        ...choice,
        parts: choice.parts.map((part) => (part.type === "text" ? { ...part, text: part.text.toUpperCase() } : part)),
      }));
      return { ...answer, bytes: null, reply: { ...answer.reply, choices } };
    },
  }));
  const { chat, world } = simulate({ providers: [priced("a")], plugins: [loud()] });
  world.upstream("https://a.test", answering(changed({})));
  expect((await chat({ model: "a/m" })).text).toContain("HELLO");
});

type Change = (answer: ReplyAnswer, loud: () => Reply) => ReplyAnswer;

test.each<[string, Change, string]>([
  [
    "writes into the reply and drops the bytes",
    (answer, loud) => write(answer, { bytes: null, reply: loud() }),
    "HELLO",
  ],
  ["drops the bytes alone", (answer) => write(answer, { bytes: null }), "hello"],
  ["changes parts of the reply, and drops the bytes", (answer) => write(shout(answer), { bytes: null }), "HELLO"],
  ["changes parts of the reply, but keeps the bytes", (answer) => shout(answer), "hello"],
  ["puts a proxy around it", (answer) => new Proxy(answer, {}), "hello"],
  [
    "puts another in front of it",
    (answer, loud) => Object.create(answer, members({ bytes: null, reply: loud() })),
    "HELLO",
  ],
])("a stage that %s is taken at its word", async (_what, change, heard) => {
  for (const stage of ["respond", "attempt"]) {
    const around = async (next: () => Promise<Answer>) => {
      const answer = await next();
      if (answer.kind !== "reply") return answer;
      return change(answer, () => shout({ ...answer, reply: structuredClone(answer.reply) }).reply);
    };
    const plugin = definePlugin("changing", () => ({
      ...(stage === "respond" ? { respond: (_ctx, next) => around(next) } : {}),
      ...(stage === "attempt" ? { attempt: (_ctx, _attempt, next) => around(next) } : {}),
    }));
    const { chat, world, receipts } = simulate({ providers: [priced("a")], plugins: [plugin()] });
    world.upstream("https://a.test", answering(changed({})));
    const { status, text } = await chat({ model: "a/m" });
    expect([status, /hello/i.exec(text)?.[0]]).toEqual([200, heard]);
    expect(receipts).toMatchObject([{ complete: true, error: null }]);
  }
});

function write(answer: ReplyAnswer, members: Partial<ReplyAnswer>): ReplyAnswer {
  return Object.assign(answer, members);
}

function members(values: object): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, enumerable: true, writable: true }]),
  );
}

function shout(answer: ReplyAnswer): ReplyAnswer {
  for (const { parts } of answer.reply.choices)
    for (const part of parts) if (part.type === "text") part.text = part.text.toUpperCase();
  return answer;
}

test("an answer that comes back as it went is not decoded, waited for or not", async () => {
  let decoded = 0;
  const counting = dialects.map((dialect) => {
    const { upstream } = dialect as Dialect;
    if (dialect.id !== "openai-chat" || !upstream) return dialect;
    const decodeReply: typeof upstream.decodeReply = (...args) => {
      decoded++;
      return upstream.decodeReply(...args);
    };
    return { ...dialect, upstream: { ...upstream, decodeReply } };
  });
  const passing = definePlugin("passing", () => ({
    respond: async (_ctx, next) => await next(),
    attempt: async (_ctx, _attempt, next) => await next(),
    stream: (events) => events,
  }));
  const provider = defineProvider({
    id: "a",
    name: "a",
    dialects: counting as typeof dialects,
    speaks: ["openai-chat"],
    baseURL: "https://a.test/v1",
    keyVariables: [],
    auth: { type: "none" },
  });
  const { chat, world } = simulate({ providers: [provider()], plugins: [passing()] });
  world.upstream("https://a.test", answering(changed({})));
  expect((await chat({ model: "a/m" })).status).toBe(200);
  expect(decoded).toBe(0);
});

test("an answer that was kept undecoded is translated for a client of another dialect", async () => {
  let kept: Answer | null = null;
  const keeper = definePlugin("keeper", () => ({
    async respond(_ctx, next) {
      return (kept ??= await next());
    },
  }));
  const { chat, gateway, world } = simulate({ providers: [priced("a")], plugins: [keeper()] });
  world.upstream("https://a.test", answering(changed({})));
  expect((await chat({ model: "a/m" })).text).toContain('"chat.completion"');
  const messages = { model: "a/m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] };
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(messages) };
  const response = await world.run(gateway.fetch(new Request("http://gateway.test/v1/messages", init)));
  expect(await response.json()).toMatchObject({ type: "message", content: [{ type: "text", text: "hello" }] });
});
