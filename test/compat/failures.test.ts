import { APIError as AnthropicError } from "@anthropic-ai/sdk";
import { ApiError as GeminiError } from "@google/genai";
import type { Step } from "@sluice/testkit";
import { APIError as OpenAIError } from "openai";
import { afterAll, beforeAll, expect } from "vitest";
import { vendorOf, type Wishes } from "./clients.ts";
import { describePairs } from "./pairs.ts";
import { eventsIn, openGateway, type Running } from "./running.ts";

let running: Running;
// Short, for streams that stall. Nothing here is to end well, so a busy machine changes no verdict.
beforeAll(async () => void (running = await openGateway({ timeouts: { idleMs: 150 } })));
afterAll(() => running.close());

// One call an answer, so that nothing is tried again behind the test's back.
const once: Wishes = { headers: { "x-sluice-attempts": "1" } };
const words = "Tell me about rivers and lakes and seas";

interface Refusal {
  step: Step;
  status: number;
  openai: string;
  anthropic: string;
  gemini: string;
  retryAfter?: string;
}

// What the vendor answers → what each client's library throws, in the words of its own vendor.
const refusals: Readonly<Record<string, Refusal>> = {
  "bad request": {
    step: { type: "status", status: 400, message: "The request is odd." },
    status: 400,
    openai: "invalid_request_error",
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  // An operator's credential is no caller's business.
  "bad credential": {
    step: { type: "status", status: 401, message: "The key sk-openai is wrong." },
    status: 502,
    openai: "server_error",
    anthropic: "api_error",
    gemini: "INTERNAL",
  },
  "no such model": {
    step: { type: "status", status: 404, message: "There is no such model." },
    status: 404,
    openai: "invalid_request_error",
    anthropic: "not_found_error",
    gemini: "NOT_FOUND",
  },
  "rate limit": {
    step: { type: "status", status: 429, message: "Slow down.", retryAfter: 7 },
    status: 429,
    openai: "rate_limit_error",
    anthropic: "rate_limit_error",
    gemini: "RESOURCE_EXHAUSTED",
    retryAfter: "7",
  },
  "server error": {
    step: { type: "status", status: 500, message: "It broke." },
    status: 500,
    openai: "server_error",
    anthropic: "api_error",
    gemini: "INTERNAL",
  },
  overloaded: {
    step: { type: "overloaded" },
    status: 529,
    openai: "service_unavailable_error",
    anthropic: "overloaded_error",
    gemini: "UNAVAILABLE",
  },
  HTML: { step: "html", status: 502, openai: "server_error", anthropic: "api_error", gemini: "INTERNAL" },
  "error under status 200": {
    step: { type: "error-200", status: 500 },
    status: 502,
    openai: "server_error",
    anthropic: "api_error",
    gemini: "INTERNAL",
  },
  "reset before the answer": {
    step: "reset",
    status: 504,
    openai: "timeout_error",
    anthropic: "timeout_error",
    gemini: "DEADLINE_EXCEEDED",
  },
};

describePairs(
  "Failures before the answer",
  () => running,
  (pair) => {
    const { client } = pair;
    for (const [name, refusal] of Object.entries(refusals))
      pair.check(name, async () => {
        running.vendors.script([refusal.step]);
        const error = await thrown(pair.talk(once).ask(words));
        // Gemini's errors name their status in the body, which counts where HTTP says that all is well.
        const { status } = name === "error under status 200" && pair.upstream === "gemini" ? { status: 500 } : refusal;
        expect({ status: statusOf(error), type: typeOf(error) }).toEqual({
          status,
          type: refusal[vendorOf(client)],
        });
        expect(JSON.stringify(error) + String(error)).not.toContain("sk-openai");

        const { status: sent, headers, body } = running.last();
        expect([sent, headers.get("retry-after")]).toEqual([status, refusal.retryAfter ?? null]);
        const { complete, attempts } = (await running.receipt()) as {
          complete: boolean;
          attempts: { outcome: string }[];
        };
        expect([complete, attempts.length]).toEqual([false, 1]);
        expect(eventsIn(await body)).toHaveLength(1);
      });
  },
);

// Every way in which a vendor's stream can go wrong once its first words are out.
const breaks: Readonly<Record<string, Step>> = {
  "clean cut": "cut:2",
  reset: "reset:2",
  silence: "stall:2",
  "error event": "error-event:2",
  "malformed event": "malformed-event:2",
  "no terminator": "missing-done",
};

describePairs(
  "Failures in a stream",
  () => running,
  (pair) => {
    for (const [name, step] of Object.entries(breaks))
      pair.check(name, async () => {
        running.vendors.script([step]);
        const error = await thrown(pair.talk(once).ask(words));
        expect(error).toBeInstanceOf(Error);
        const body = await running.last().body;
        expect(finishesIn(body)).toEqual([]);
        expect((await running.receipt())["complete"]).toBe(false);
        expect(body).toContain(pair.upstream === "gemini" ? "Tell" : "Tel");
      });
  },
  ({ streamed }) => streamed,
);

// Anthropic's and those of OpenAI's responses.
const ends = new Set(["message_stop", "message_delta", "response.completed", "response.incomplete"]);

/** Reasons for a normal end, in any dialect's words. */
function finishesIn(body: string): unknown[] {
  return eventsIn(body).flatMap((event) => {
    const { choices, candidates, type } = event as {
      choices?: { finish_reason?: string | null }[];
      candidates?: { finishReason?: string }[];
      type?: string;
    };
    const told = [
      ...(choices ?? []).map((choice) => choice.finish_reason),
      ...(candidates ?? []).map((one) => one.finishReason),
    ];
    return [
      ...told.filter((reason) => reason !== null && reason !== undefined),
      ...(ends.has(type ?? "") ? [type] : []),
    ];
  });
}

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`no error, but ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof OpenAIError || error instanceof AnthropicError) return error.status as number | undefined;
  return error instanceof GeminiError ? error.status : undefined;
}

function typeOf(error: unknown): string | null | undefined {
  if (error instanceof OpenAIError) return error.type;
  if (error instanceof AnthropicError) return error.type;
  return error instanceof GeminiError
    ? (JSON.parse(error.message) as { error: { status: string } }).error.status
    : undefined;
}
