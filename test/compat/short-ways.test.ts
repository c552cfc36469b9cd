import type { ChannelSpec, ChatRequest, Dialect, JsonObject, Quirks, UpstreamTarget } from "@sluice/core";
import { azure } from "@sluice/provider-azure";
import { compatible, vendors, type VendorId } from "@sluice/provider-compatible";
import { openai } from "@sluice/provider-openai";
import { vertex } from "@sluice/provider-vertex";
import fc from "fast-check";
import { expect, test } from "vitest";

// Most requests are patched without a look at their messages. For every row of quirks that ships, that must not show.
const spoken = openai().provider.dialects.find(({ id }) => id === "openai-chat");
const { client, upstream } = spoken as Required<Dialect>;

const channels: ChannelSpec[] = [
  openai(),
  azure({ resource: "r" }),
  vertex({ project: "p" }),
  ...(Object.keys(vendors) as VendorId[]).map((vendor) => compatible({ vendor })),
];

const rows = channels.flatMap(({ provider }) => {
  const own = provider.quirks ?? {};
  const models = (provider.modelQuirks ?? []).map(([glob, quirks]): [string, Quirks] => [
    `${provider.id}/${glob}`,
    { ...own, ...quirks },
  ]);
  return [[provider.id, own] as [string, Quirks], ...models];
});

const call = { id: "call_0123456789", type: "function", function: { name: "clock", arguments: "{}" } };

const message = fc.constantFrom<JsonObject>(
  { role: "user", content: "Hello" },
  { role: "system", content: "developer" },
  { role: "developer", content: "Be brief." },
  { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] },
  { role: "assistant", content: "Hi" },
  { role: "assistant", content: "Hi", reasoning_content: "Hm" },
  { role: "assistant", content: "Hi", reasoning: "Hm" },
  { role: "assistant", content: "Hi", reasoning_details: [{ type: "reasoning.text", text: "Hm" }] },
  { role: "assistant", content: null, tool_calls: [call] },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ ...call, extra_content: { google: { thought_signature: "c2ln" } } }],
  },
  { role: "tool", tool_call_id: call.id, content: "noon" },
);

const fields: Record<string, fc.Arbitrary<unknown>> = {
  stream: fc.boolean(),
  stream_options: fc.constantFrom({ include_usage: true }, { include_usage: false }, null),
  max_tokens: fc.constantFrom(5, null),
  max_completion_tokens: fc.constant(6),
  temperature: fc.constantFrom(0, 0.5, 1.7, null),
  top_p: fc.constantFrom(0, 0.5, 1),
  top_k: fc.constant(5),
  presence_penalty: fc.constantFrom(-2, 0, 2),
  frequency_penalty: fc.constantFrom(-2, 0, 2),
  seed: fc.constant(1),
  n: fc.constantFrom(1, 2),
  stop: fc.constantFrom("x", ["x"]),
  logprobs: fc.boolean(),
  top_logprobs: fc.constant(3),
  logit_bias: fc.constant({ "5": 1 }),
  user: fc.constant("u"),
  metadata: fc.constant({ a: "b" }),
  service_tier: fc.constant("flex"),
  store: fc.boolean(),
  verbosity: fc.constant("low"),
  parallel_tool_calls: fc.boolean(),
  reasoning_effort: fc.constantFrom("none", "minimal", "high"),
  reasoning: fc.constant({ effort: "high" }),
  thinking: fc.constant({ type: "disabled" }),
  enable_thinking: fc.boolean(),
  thinking_budget: fc.constant(100),
  tools: fc.constant([{ type: "function", function: { name: "clock", parameters: {}, strict: true } }]),
  tool_choice: fc.constantFrom("required", "auto", { type: "function", function: { name: "clock" } }),
  response_format: fc.constantFrom({ type: "json_object" }, { type: "text" }),
  vendor_field: fc.constant({ any: "thing" }),
};

const bodies = fc
  .tuple(
    fc.array(message, { minLength: 1, maxLength: 3 }),
    fc
      .subarray(Object.keys(fields), { maxLength: 4 })
      .chain((names) =>
        fc.record(Object.fromEntries(names.map((name) => [name, fields[name] as fc.Arbitrary<unknown>]))),
      ),
  )
  .map(([messages, more]) => ({ model: "asked", messages, ...more }) as unknown as JsonObject);

test("of all rows there are many", () => {
  expect(rows.length).toBeGreaterThan(30);
});

test.each(rows)("a request to %s is patched the same whether or not its messages were looked at", (_id, quirks) => {
  const target: UpstreamTarget = { model: "m", quirks, info: null, stateDomain: "own" };
  let short = 0;
  fc.assert(
    fc.property(bodies, (sent) => {
      const request = {} as ChatRequest;
      const mayHold = (name: string, text: string) =>
        name in sent && JSON.stringify(sent[name]).includes(JSON.stringify(text));
      const late = { ...sent };
      let looks = 0;
      Object.defineProperty(late, "messages", {
        enumerable: true,
        get: () => (looks++, sent["messages"]),
      });
      const long = upstream.patchRequest(sent, request, target);
      const quick = upstream.patchRequest(late, request, target, mayHold);
      if (looks === 0) short++;
      expect(patched(sent, quick)).toEqual(patched(sent, long));
      expect(quick.warnings).toEqual(long.warnings);
    }),
    { numRuns: 300 },
  );
  const always = quirks.reasoningEcho === "always" || quirks.toolIdPattern || quirks.rename;
  expect(short).toBeGreaterThan(always ? -1 : 10);
});

test("what nobody looked for in messages is in none that need it", () => {
  fc.assert(
    fc.property(bodies, (sent) => {
      const { messages } = client.decodeRequest(sent, {} as never) as ChatRequest;
      const present = new Set(messages.flatMap(({ parts }) => parts.map(({ type }) => type)));
      const text = JSON.stringify(sent["messages"]);
      for (const [ability, type] of [
        ["vision", "image"],
        ["audio", "audio"],
        ["files", "file"],
      ] as const) {
        const mayNeed = (client.marks?.[ability] ?? []).some(([, mark]) => text.includes(JSON.stringify(mark)));
        expect(mayNeed || !present.has(type)).toBe(true);
      }
    }),
  );
});

function patched(sent: JsonObject, { set, remove }: ReturnType<typeof upstream.patchRequest>): JsonObject {
  const kept = Object.entries(sent).filter(([name]) => !remove.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}
