import { isObject } from "@sluice/core";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { vendorOf } from "./clients.ts";
import { describePairs, type UpstreamName } from "./pairs.ts";
import { eventsIn, openGateway, type Running } from "./running.ts";
import { vendorWords } from "./vendor-words.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

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
  "openai-responses": {
    input_tokens: 100,
    output_tokens: 50,
    total_tokens: 150,
    input_tokens_details: { cached_tokens: 30, cache_write_tokens: written },
    output_tokens_details: { reasoning_tokens: 20 },
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
    const { upstream, streamed } = pair;
    beforeEach(() => void (running.literal.answer = vendorWords(upstream, streamed, "today")));

    pair.check("usage", async () => {
      const said = await pair.talk({}, `literal-${pair.upstream}`).ask("Hi");
      const written = pair.upstream === "gemini" ? 0 : 10;
      expect(said.usage).toMatchObject(pair.of<object>(usages(written)));
      expect(await running.receipt()).toMatchObject({
        usage: { input_tokens: 100, cache_read_tokens: 30, output_tokens: 50, reasoning_tokens: 20 },
        usage_source: "upstream",
      });
    });

    pair.check("unknown names", async () => {
      running.literal.answer = vendorWords(upstream, streamed, "tomorrow");
      const said = await pair.talk({}, `literal-${pair.upstream}`).ask("Hi");
      expect(said.text).toBe(hello);
      const { path } = await running.receipt();
      const own = pair.client === pair.upstream;
      expect(path).toBe(own ? "byte" : "codec");
      // What cannot be carried is told, and nothing is told where everything is.
      expect((await running.warnings()).length > 0).toBe(!own);
    });

    pair.check("bare body", async () => {
      const wishes = { extras: { receipt: "headers" } };
      const said = await pair.talk(wishes, `literal-${pair.upstream}`).ask("Hi");
      expect(said.text).toBe(hello);
      const { body, headers } = running.last();
      const objects = eventsIn(await body).flatMap((event) => [
        event,
        isObject(event["response"]) ? event["response"] : {},
      ]);
      for (const object of objects) expect(Object.keys(object).filter(isOurs)).toEqual([]);
      expect([headers.get("x-sluice-provider"), headers.get("x-sluice-attempts")]).toEqual([expect.any(String), "1"]);
    });

    pair.check("extras stay in the gateway", async () => {
      const inside = pair.client === "gemini" ? {} : { extra_body: { tags: { ignored: "yes" }, timeout: 9 } };
      const extras = {
        fallback: ["literal-openai-chat"],
        timeout: 20,
        attempts: 2,
        tags: { team: "search" },
        ...inside,
      };
      await pair.talk({ extras }, `literal-${pair.upstream}`).ask("Hi");
      expect(await running.receipt()).toMatchObject({ tags: { team: "search" } });
      expect(Object.keys(JSON.parse(running.literal.bodies.at(-1) ?? "") as object)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(fallback|timeout|attempts|tags|extra_body)$/)]),
      );
    });
  },
);

const isOurs = (name: string) => /^(sluice|cached|cache_hit|actual_model|total_ms|cost_\w+)$/.test(name);

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
      `{ "future_option" : {"b":1.0, "a":[ ]} , "model":"literal-openai-chat", "max_completion_tokens":1e2,"messages":[{"role":"user","content":"Hi","future_field":0.10}]${streamed ? ',"stream":true,"stream_options":{"include_usage":true}' : ""} }`,
  },
  "openai-responses": {
    path: "/v1/responses",
    headers: {},
    body: (streamed) =>
      `{ "future_option" : {"b":1.0, "a":[ ]} , "model":"literal-openai-responses", "max_output_tokens":1e2,"input":[{"role":"user","content":"Hi","future_field":0.10},{"type":"future_item","x":0.10}],"stream":${streamed} }`,
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
const upstreamModels = {
  "literal-openai-chat": "gpt-4.1-mini",
  "literal-openai-responses": "gpt-4.1-mini",
  "literal-anthropic": "claude-sonnet-4-6",
};

describePairs(
  "What passes",
  () => running,
  (pair) => {
    const { client: dialect, streamed } = pair;
    pair.check("bytes, in both directions", async () => {
      const { path, headers, body } = calls[dialect];
      const answer = vendorWords(dialect, streamed, "tomorrow");
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
      const holders = eventsIn(told).map((event) => (isObject(event["response"]) ? event["response"] : event));
      const holding = holders.filter((holder) => holder["sluice"] !== undefined);
      expect(holding).toEqual([holders.at(-1)]);
      expect(Object.keys(holding[0] ?? {})).toEqual(
        expect.arrayContaining(
          vendorOf(dialect) === "openai"
            ? ["sluice", "cost_usd", "actual_model", "cached", "cache_hit", "total_ms"]
            : ["sluice"],
        ),
      );
    });
  },
  ({ client, upstream }) => client === upstream,
);

function withoutSpaces(text: string | undefined): string {
  return (text ?? "").replaceAll(/\s+/g, "");
}
