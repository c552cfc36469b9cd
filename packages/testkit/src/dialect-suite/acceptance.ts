import { foldEvents } from "@sluice/core";
import type { ChatRequest, DecodeContext, Message, Reply } from "@sluice/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderProblem } from "../event-order.ts";
import { createMockUpstream } from "../mock-upstream/server.ts";
import type { MockUpstream } from "../mock-upstream/server.ts";
import { essence } from "./replies.ts";
import { frozen, requestsFor } from "./requests.ts";
import type { Subject } from "./subject.ts";

const credentials = {
  "openai-chat": { authorization: "Bearer key" },
  "openai-responses": { authorization: "Bearer key" },
  anthropic: { "x-api-key": "key" },
  gemini: { "x-goog-api-key": "key" },
};
type Known = keyof typeof credentials;

/** Whether the mock upstream speaks the dialect. */
export function isWitnessed(dialect: string): dialect is Known {
  return dialect in credentials;
}

/** What must hold against a vendor as strict as the real one, written by others than the dialect. */
export function acceptanceCases(subject: Subject): void {
  const { id } = subject.dialect;
  if (!isWitnessed(id)) throw new Error(`The mock upstream does not speak ${id}.`);
  const { model } = subject.target();
  let upstream: MockUpstream;
  beforeAll(async () => {
    upstream = await createMockUpstream({ tokensPerEvent: 2 });
  });
  afterAll(() => upstream.close());

  /** Sends a request as a gateway would, and reads the answer with the dialect alone. */
  async function answerTo(request: ChatRequest): Promise<Reply> {
    const { body, memo } = subject.upstream.encodeRequest(frozen(request), subject.target());
    const response = await fetch(
      upstream.baseURL(id as Known) + subject.upstream.path(subject.target(), request.stream),
      {
        method: "POST",
        headers: { "content-type": "application/json", ...subject.upstream.headers, ...credentials[id as Known] },
        body: JSON.stringify(body),
      },
    );
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([response.status, response.ok ? "" : new TextDecoder().decode(bytes)]).toEqual([200, ""]);
    const context: DecodeContext = { target: subject.target(), request, memo };
    if (!request.stream) return subject.upstream.decodeReply(JSON.parse(new TextDecoder().decode(bytes)), context);
    const events = await subject.decode(bytes, context);
    expect(orderProblem(events)).toBeNull();
    const fold = foldEvents(events);
    expect(fold).toMatchObject({ complete: true, failure: null });
    return fold.reply;
  }

  describe.each(requestsFor(id, model))("a request with %s", (_name, request) => {
    test("is taken, and answered the same streamed and whole", async () => {
      const whole = await answerTo({ ...request, stream: false });
      const streamed = await answerTo({ ...request, stream: true });
      expect(whole.choices[0]?.parts.length).toBeGreaterThan(0);
      // Ids are made from the request, and the two requests differ in how they ask.
      expect(withoutIds(streamed)).toEqual(withoutIds(whole));
    });
  });

  test.each([true, false])("a second turn returns everything that the first one gave (stream: %s)", async (stream) => {
    const first: ChatRequest = {
      ...(requestsFor(id, model).find(([name]) => name === "tools")?.[1] as ChatRequest),
      stream,
      reasoning: { effort: "medium", include: true },
      sampling: { maxTokens: 8192 },
      // In some dialects an effort alone is no wish to think; in the canonical form it is.
      origin: { dialect: "another", rest: {}, prefers: {} },
    };
    const reply = await answerTo(first);
    const parts = reply.choices[0]?.parts ?? [];
    const calls = parts.filter((part) => part.type === "tool-call");
    expect(calls.map((call) => JSON.parse(call.arguments))).toEqual([
      expect.objectContaining({ city: "Oslo" }),
      expect.objectContaining({ city: "Rome" }),
    ]);

    const results: Message[] = calls.map((call) => ({
      role: "tool",
      parts: [{ type: "tool-result", callId: call.id, content: [{ type: "text", text: "sunny" }] }],
    }));
    const second = await answerTo({
      ...first,
      messages: [...first.messages, { role: "assistant", parts }, ...results],
    });
    const said = second.choices[0]?.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
    expect(said).toBe("get_weather says sunny; get_weather says sunny");

    const states = parts.flatMap((part) => ("state" in part && part.state ? [part.state.data] : []));
    expect(states.length > 0).toBe(subject.signsThoughts);
    const sent = JSON.stringify(upstream.requests.at(-1)?.json);
    expect(states.filter((state) => !sent.includes(state))).toEqual([]);
  });
}

function withoutIds(reply: Reply): unknown {
  return JSON.parse(
    JSON.stringify(essence(reply), (name, value: unknown) => (name === "id" || name.endsWith("okens") ? null : value)),
  );
}
