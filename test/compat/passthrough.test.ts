import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { describePairs, type UpstreamName } from "./pairs.ts";
import { eventsIn, openGateway, type Running } from "./running.ts";
import { vendorWords } from "./vendor-words.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const literals = { "openai-chat": "literal-chat", anthropic: "literal-anthropic", gemini: "literal-gemini" } as const;
const hello = "Hello there";

/** The same counts in every dialect: cached tokens inside the input but for Anthropic, thinking inside the output but for Gemini. */
const usages = (written: number) => ({
  openai: {
    prompt_tokens: 100,
    completion_tokens: 50,
    total_tokens: 150,
    prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: 20 },
  },
  anthropic: {
    input_tokens: 70 - written,
    cache_read_input_tokens: 30,
    cache_creation_input_tokens: written,
    output_tokens: 50,
    output_tokens_details: { thinking_tokens: 20 },
  },
  gemini: {
    promptTokenCount: 100,
    cachedContentTokenCount: 30,
    candidatesTokenCount: 30,
    thoughtsTokenCount: 20,
    totalTokenCount: 150,
  },
});

describePairs(
  "What passes",
  () => running,
  (pair) => {
    beforeEach(() => void (running.literal.answer = vendorWords(pair.upstream, pair.streamed)));

    pair.check("usage", async () => {
      const said = await pair.talk({}, literals[pair.upstream]).ask("Hi");
      const written = pair.upstream === "gemini" ? 0 : 10;
      expect(said.usage).toMatchObject(pair.of<object>(usages(written)));
      expect(await running.receipt()).toMatchObject({
        usage: { input_tokens: 100, cache_read_tokens: 30, output_tokens: 50, reasoning_tokens: 20 },
        usage_source: "upstream",
      });
    });

    pair.check("unknown names", async () => {
      const said = await pair.talk({}, literals[pair.upstream]).ask("Hi");
      expect(said.text).toBe(hello);
      const { path } = await running.receipt();
      const own = sameDialect(pair.client, pair.upstream);
      expect(path).toBe(own ? "byte" : "codec");
      // What cannot be carried is told, and nothing is told where everything is.
      expect((await running.warnings()).length > 0).toBe(!own);
    });

    pair.check("bare body", async () => {
      const wishes = { extras: { receipt: "headers" } };
      const said = await pair.talk(wishes, literals[pair.upstream]).ask("Hi");
      expect(said.text).toBe(hello);
      const { body, headers } = running.last();
      for (const event of eventsIn(await body))
        expect(Object.keys(event).filter((name) => !isVendors(name))).toEqual([]);
      expect([headers.get("x-sluice-provider"), headers.get("x-sluice-attempts")]).toEqual([expect.any(String), "1"]);
    });

    pair.check("extras stay in the gateway", async () => {
      const inside = pair.client === "gemini" ? {} : { extra_body: { tags: { ignored: "yes" }, timeout: 9 } };
      const extras = { fallback: ["literal-chat"], timeout: 20, attempts: 2, tags: { team: "search" }, ...inside };
      await pair.talk({ extras }, literals[pair.upstream]).ask("Hi");
      expect(await running.receipt()).toMatchObject({ tags: { team: "search" } });
      expect(Object.keys(JSON.parse(running.literal.bodies.at(-1) ?? "") as object)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(fallback|timeout|attempts|tags|extra_body)$/)]),
      );
    });
  },
);

// Members that a vendor's own bodies and events have, with those that the pretend vendors made up.
const vendorNames =
  /^(id|object|created|model|choices|usage|obfuscation|type|role|content|message|index|content_block|delta|stop_reason|stop_sequence|stop_details|container|candidates|usageMetadata|modelVersion|responseId|a|future_\w+)$/;
const isVendors = (name: string) => vendorNames.test(name);
const sameDialect = (client: string, upstream: UpstreamName) => upstream.split("-")[0] === client;

interface Call {
  path: string;
  headers: Record<string, string>;
  body: (streamed: boolean) => string;
}

// Bodies as nobody's library writes them: odd white space, numbers in odd forms, members that nobody knows.
const calls: Readonly<Record<UpstreamName, Call>> = {
  "openai-chat": {
    path: "/v1/chat/completions",
    headers: {},
    body: (streamed) =>
      `{ "future_option" : {"b":1.0, "a":[ ]} , "model":"literal-chat", "max_completion_tokens":1e2,"messages":[{"role":"user","content":"Hi","future_field":0.10}]${streamed ? ',"stream":true,"stream_options":{"include_usage":true}' : ""} }`,
  },
  anthropic: {
    path: "/v1/messages",
    headers: { "anthropic-version": "2023-06-01", "anthropic-beta": "future-2026-12-01" },
    body: (streamed) =>
      `{ "future_option" : {"b":1.0, "a":[ ]} , "model":"literal-anthropic", "max_tokens":1e2,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"future_block","x":0.10}]}],"stream":${streamed} }`,
  },
  gemini: {
    path: "/v1beta/models/literal-gemini",
    headers: {},
    body: () =>
      `{ "futureOption" : {"b":1.0, "a":[ ]} , "contents":[{"role":"user","parts":[{"text":"Hi"},{"futurePart":0.10}]}] }`,
  },
};
const upstreamModels = { "literal-chat": "gpt-4.1-mini", "literal-anthropic": "claude-sonnet-4-6" };

test.each(["openai-chat", "anthropic", "gemini"] as const)(
  "the bytes of %s pass in both directions",
  async (dialect) => {
    for (const streamed of [false, true]) {
      const { path, headers, body } = calls[dialect];
      const answer = vendorWords(dialect, streamed);
      running.literal.answer = answer;
      const action = dialect === "gemini" ? `:${streamed ? "streamGenerateContent?alt=sse" : "generateContent"}` : "";
      const ask = async (receipt: "body" | "headers") => {
        const sent = { ...headers, "content-type": "application/json", "x-sluice-receipt": receipt };
        const response = await fetch(running.url + path + action, {
          method: "POST",
          headers: sent,
          body: body(streamed),
        });
        return response.text();
      };
      expect(await ask("headers")).toBe(answer.body);
      const asked = Object.entries(upstreamModels).reduce(
        (text, [name, model]) => text.replace(`"${name}"`, `"${model}"`),
        body(streamed),
      );
      expect(withoutSpaces(running.literal.bodies.at(-1))).toBe(withoutSpaces(asked));

      // The receipt is one more member at the end of the last event, and all before it is untouched.
      const told = await ask("body");
      const events = eventsIn(told).filter((event) => event["sluice"] !== undefined);
      expect(events).toHaveLength(1);
      expect(events).toEqual([eventsIn(told).at(-1)]);
      expect(Object.keys(events[0] ?? {})).toEqual(
        expect.arrayContaining(
          dialect === "openai-chat"
            ? ["sluice", "cost_usd", "actual_model", "cached", "cache_hit", "total_ms"]
            : ["sluice"],
        ),
      );
    }
  },
);

function withoutSpaces(text: string | undefined): string {
  return (text ?? "").replaceAll(/\s+/g, "");
}
