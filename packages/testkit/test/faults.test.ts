import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMockUpstream, faultTypes } from "../src/index.ts";
import type { Framing, MockUpstream, Step } from "../src/index.ts";
import { call, dialects, drain } from "./calls.ts";
import type { DialectId } from "./calls.ts";
import { anthropicSDK, geminiSDK, openaiSDK } from "./sdks.ts";

let upstream: MockUpstream;
beforeAll(async () => {
  upstream = await createMockUpstream();
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const terminators: Record<DialectId, string> = {
  "openai-chat": "[DONE]",
  "openai-responses": "response.completed",
  anthropic: "message_stop",
  gemini: '"finishReason"',
};

/** The data of each SSE event, read by a parser that is not ours. */
function eventsIn(body: string): string[] {
  const data: string[] = [];
  const parser = createParser({ onEvent: (event) => data.push(event.data) });
  // The last event may have come without its blank line.
  parser.feed(`${body}\n\n`);
  return data;
}

describe("scripts", () => {
  const statuses = async (count: number, model: string) => {
    const answers: number[] = [];
    for (let at = 0; at < count; at++) answers.push((await call(upstream, "openai-chat", { model })).status);
    return answers;
  };

  test("are taken in order and then all is well", async () => {
    upstream.script(["status:503", "ok", { type: "status", status: 429 }]);
    expect(await statuses(4, "gpt-4.1")).toEqual([503, 200, 429, 200]);
  });

  test("of a model come before the script for all", async () => {
    upstream.script(["status:500", "status:500"]);
    upstream.script(["overloaded"], { model: "gpt-4.1-nano" });
    expect(await statuses(2, "gpt-4.1-nano")).toEqual([529, 500]);
    expect(await statuses(2, "gpt-4.1")).toEqual([500, 200]);
  });

  test("can repeat, as a flapping upstream does", async () => {
    upstream.script(["ok", "status:503"], { repeat: true });
    expect(await statuses(5, "gpt-4.1")).toEqual([200, 503, 200, 503, 200]);
  });

  test("are also read from the model's name and from a header", async () => {
    expect(await statuses(1, "gpt-4.1!status:418")).toEqual([418]);
    const headers = { "x-mock-fault": JSON.stringify({ type: "status", status: 507 }) };
    expect((await call(upstream, "gemini", { headers })).status).toBe(507);
  });

  test("with a step that does not exist are refused when they are written", () => {
    expect(() => upstream.script(["explode" as Step])).toThrow('"explode" is not a fault');
  });
});

describe.each(dialects)("%s", (dialect) => {
  test("errors have the vendor's shape, its code and the time to wait", async () => {
    upstream.script([{ type: "status", status: 429, message: "Slow down.", retryAfter: 7 }]);
    const answer = await call(upstream, dialect);
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("7");
    const expected = {
      "openai-chat": {
        error: { message: "Slow down.", type: "rate_limit_error", param: null, code: "rate_limit_exceeded" },
      },
      "openai-responses": {
        error: { message: "Slow down.", type: "rate_limit_error", param: null, code: "rate_limit_exceeded" },
      },
      anthropic: {
        type: "error",
        error: { type: "rate_limit_error", message: "Slow down." },
        request_id: "req_00000000",
      },
      gemini: { error: { code: 429, message: "Slow down.", status: "RESOURCE_EXHAUSTED" } },
    };
    expect(await answer.json()).toEqual(expected[dialect]);
  });

  test.each([
    ["content-filter", 400, /filtered/],
    ["context-length", 400, /context length|context window|too long|exceeds the maximum/],
    ["overloaded", 529, /Overloaded/],
  ] as const)("%s is a %i that says so", async (fault, status, message) => {
    upstream.script([fault]);
    const answer = await call(upstream, dialect);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(message);
  });

  test("a reset before the headers leaves no answer", async () => {
    upstream.script(["reset"]);
    await expect(call(upstream, dialect)).rejects.toThrow("fetch failed");
    const request = await upstream.nextRequest();
    expect(await request.ended).toBe("broken");
    expect(request).toMatchObject({ status: null, aborted: false });
  });

  test.each([0, 1, 3])("a reset after %i events leaves exactly those", async (count) => {
    upstream.script([`reset:${count}`]);
    const { body, error } = await drain(await call(upstream, dialect, { stream: true }));
    expect(error).toMatchObject({ message: "terminated" });
    const request = await upstream.nextRequest();
    expect(request.eventsSent).toBe(count);
    expect(body).not.toContain(terminators[dialect]);
  });

  test.each([0, 2])("a cut after %i events ends the body cleanly without a terminator", async (count) => {
    upstream.script([`cut:${count}`]);
    const { body, error } = await drain(await call(upstream, dialect, { stream: true }));
    expect(error).toBeNull();
    expect(body).not.toContain(terminators[dialect]);
    expect((await upstream.nextRequest()).eventsSent).toBe(count);
  });

  test("a missing terminator is all that is missing", async () => {
    const whole = await drain(await call(upstream, dialect, { stream: true }));
    upstream.script(["missing-done"]);
    const cut = await drain(await call(upstream, dialect, { stream: true }));
    expect(whole.body.startsWith(cut.body)).toBe(true);
    expect(eventsIn(cut.body)).toHaveLength(eventsIn(whole.body).length - 1);
  });

  test.each(["silence", "stall:2"] as const)(
    "%s waits until the client leaves, and the upstream sees it",
    async (fault) => {
      upstream.script([fault]);
      const client = new AbortController();
      const answer = await call(upstream, dialect, { stream: true, signal: client.signal });
      const request = await upstream.nextRequest();
      client.abort();
      expect(answer.status).toBe(200);
      expect(await request.ended).toBe("aborted");
      expect(request.abortedAt).toBeGreaterThanOrEqual(request.at);
    },
  );

  test("a hang sends nothing, not even headers", async () => {
    upstream.script(["hang"]);
    const client = new AbortController();
    const answer = call(upstream, dialect, { signal: client.signal });
    const request = await upstream.nextRequest();
    client.abort();
    await expect(answer).rejects.toThrow("aborted");
    expect(await request.ended).toBe("aborted");
    expect(request.status).toBeNull();
  });

  test.each([true, false])("an error in the answer comes under status 200 (stream: %s)", async (stream) => {
    upstream.script([stream ? "error-event:2" : "error-200"]);
    const answer = await call(upstream, dialect, { stream });
    expect(answer.status).toBe(200);
    const { body } = await drain(answer);
    const last = stream ? eventsIn(body).at(-1) : body;
    const holder = stream && dialect === "openai-responses" ? "response.error.message" : "error.message";
    expect(JSON.parse(last ?? "")).toHaveProperty(holder);
    expect(body).not.toContain(terminators[dialect]);
  });

  test("HTML, nothing, another type, a redirect and JSON for a stream are what they say", async () => {
    upstream.script(["html", "empty", "content-type", "redirect", "json-reply"]);
    const answers: Response[] = [];
    for (let at = 0; at < 5; at++) answers.push(await call(upstream, dialect, { stream: true }));
    const [html, empty, odd, redirect, json] = answers as [Response, Response, Response, Response, Response];
    expect(await html.text()).toContain("<h1>");
    expect(await empty.text()).toBe("");
    expect(odd.headers.get("content-type")).toBe("text/plain");
    expect([redirect.status, redirect.headers.get("location")]).toEqual([307, "http://127.0.0.1:9/"]);
    expect(await json.json()).toBeTypeOf("object");
  });

  test("a malformed event is one that is no JSON", async () => {
    upstream.script(["malformed-event:1"]);
    const { body } = await drain(await call(upstream, dialect, { stream: true }));
    const broken = eventsIn(body).filter((data) => data !== "[DONE]" && !isJson(data));
    expect(broken).toHaveLength(1);
  });

  test("an oversized event has the size that was asked for", async () => {
    upstream.script([{ type: "oversized-event", afterEvents: 1, bytes: 3_000_000 }]);
    const { body } = await drain(await call(upstream, dialect, { stream: true }));
    expect(Math.max(...eventsIn(body).map((data) => data.length))).toBeGreaterThan(3_000_000);
  });

  test("missing usage is missing everywhere", async () => {
    for (const stream of [true, false]) {
      upstream.script(["missing-usage"]);
      const { body } = await drain(await call(upstream, dialect, { stream }));
      expect(body).not.toMatch(/usage|(?<!max_output_)[tT]oken/);
    }
  });

  test.each(["delay:1", "late-usage:1", "gzip", "trickle:40", "framing"] as const)(
    "%s changes nothing that is read",
    async (fault) => {
      const text = "a b c ✓ 世界";
      const whole = await drain(await call(upstream, dialect, { stream: true, text }));
      upstream.script([fault]);
      const odd = await drain(await call(upstream, dialect, { stream: true, text }));
      expect(eventsIn(odd.body)).toEqual(eventsIn(whole.body));
    },
  );

  test("any framing carries the same events, however it is cut", async () => {
    const text = "a ✓ b";
    const whole = await drain(await call(upstream, dialect, { stream: true, text }));
    const framings: fc.Arbitrary<Framing> = fc.record({
      lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
      bom: fc.boolean(),
      comments: fc.boolean(),
      multiLineData: fc.boolean(),
      trailingNewline: fc.boolean(),
      chunks: fc.oneof(
        fc.constantFrom("event" as const, "byte" as const, "utf8" as const),
        fc.integer({ min: 1, max: 50 }),
      ),
    });
    const parsed = (data: string[]) => data.map((one): unknown => (isJson(one) ? JSON.parse(one) : one));
    await fc.assert(
      fc.asyncProperty(framings, async (framing) => {
        upstream.script([{ type: "framing", ...framing }]);
        const { body } = await drain(await call(upstream, dialect, { stream: true, text }));
        expect(parsed(eventsIn(body))).toEqual(parsed(eventsIn(whole.body)));
      }),
      { numRuns: 25 },
    );
  });

  test("every fault is survived by the upstream, streamed and not", async () => {
    for (const stream of [true, false]) {
      for (const fault of faultTypes) {
        const client = new AbortController();
        upstream.script([quick[fault] ?? fault]);
        const answer = call(upstream, dialect, { stream, signal: client.signal }).then(drain, () => null);
        const request = await upstream.nextRequest();
        if (["hang", "silence", "stall"].includes(fault)) client.abort();
        await answer;
        expect(["answered", "aborted", "broken"]).toContain(await request.ended);
      }
    }
    expect((await call(upstream, dialect)).status).toBe(200);
  });
});

/** Faults that take long unless they are told not to. */
const quick: Partial<Record<string, Step>> = { "oversized-event": "oversized-event:1000", trickle: "trickle:1000" };

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("a client that leaves in the middle", () => {
  test("is seen, with what had left by then", async () => {
    const slow = await createMockUpstream({ chunkDelayMs: 5 });
    const client = new AbortController();
    const answer = await call(slow, "openai-chat", { stream: true, signal: client.signal, text: "word ".repeat(200) });
    const reader = answer.body?.getReader();
    await reader?.read();
    client.abort();
    const request = await slow.nextRequest();
    expect(await request.ended).toBe("aborted");
    expect(request.aborted).toBe(true);
    expect(request.eventsSent).toBeLessThan(200);
    await slow.close();
  });
});

describe("the vendors' own clients fail", () => {
  const messages = [{ role: "user" as const, content: "one two three four" }];
  const streams: Record<DialectId, () => Promise<unknown>> = {
    "openai-chat": () =>
      openaiSDK(upstream).chat.completions.stream({ model: "gpt-4.1-mini", messages }).finalChatCompletion(),
    "openai-responses": () =>
      openaiSDK(upstream).responses.stream({ model: "gpt-4.1-mini", input: "one two three four" }).finalResponse(),
    anthropic: () =>
      anthropicSDK(upstream).messages.stream({ model: "claude-haiku-4-5", max_tokens: 50, messages }).finalMessage(),
    gemini: async () => {
      const chunks = await geminiSDK(upstream).models.generateContentStream({
        model: "gemini-2.5-flash",
        contents: "one two three",
      });
      for await (const chunk of chunks) expect(chunk.text).toBeDefined();
    },
  };
  const faults: Step[] = [
    "status:400",
    "status:401",
    "status:429",
    "status:500",
    "overloaded",
    "reset",
    "reset:2",
    "error-event:2",
    "malformed-event:1",
  ];
  const cases = dialects.flatMap((dialect) => faults.map((fault): [DialectId, Step] => [dialect, fault]));

  test.each(cases)("%s on %s", async (dialect, fault) => {
    upstream.script([fault], { repeat: true });
    await expect(streams[dialect]()).rejects.toThrow(/./);
  });
});
