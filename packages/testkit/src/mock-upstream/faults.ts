import type { Framing } from "./framing.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor } from "./vendor.ts";

/**
 * Something that goes wrong with one request. Events are counted by content: `afterEvents: 2` lets two pieces of the
 * answer through. A unary answer counts as cut, stalled or reset in the middle of its body. Times in milliseconds.
 */
export type Fault =
  /** An error answer in the vendor's shape, or with `body` as it is. */
  | {
      type: "status";
      status: number;
      message?: string;
      code?: string;
      retryAfter?: string | number;
      headers?: Record<string, string>;
      body?: string;
    }
  | { type: "overloaded"; retryAfter?: string | number }
  | { type: "content-filter" }
  | { type: "context-length" }
  /** Refuses a conversation that ends with an assistant message; anything else is answered. */
  | { type: "no-prefill" }
  /** A slow but right answer. */
  | { type: "delay"; headersMs?: number; firstEventMs?: number }
  /** The request is read, and nothing ever comes back. */
  | { type: "hang" }
  /** Headers, then nothing. */
  | { type: "silence" }
  /** The connection is reset; without `afterEvents` before the headers. */
  | { type: "reset"; afterEvents?: number }
  /** The body ends as if nothing was missing. */
  | { type: "cut"; afterEvents: number }
  | { type: "stall"; afterEvents: number }
  | { type: "html" }
  | { type: "empty" }
  | { type: "content-type"; value: string }
  /** An error body under status 200. */
  | { type: "error-200"; status?: number }
  | { type: "error-event"; afterEvents: number; status?: number; message?: string }
  | { type: "malformed-event"; afterEvents: number }
  | { type: "oversized-event"; afterEvents: number; bytes: number }
  /** A whole JSON answer although a stream was asked for. */
  | { type: "json-reply" }
  | { type: "redirect"; location: string; status?: number }
  /** The body in tiny pieces, a headers' line that never ends with `headers: true`. */
  | { type: "trickle"; bytes: number; everyMs: number; headers?: boolean }
  | ({ type: "framing" } & Framing)
  | { type: "late-usage"; delayMs: number }
  | { type: "missing-usage" }
  | { type: "missing-done" }
  | { type: "gzip" };

/** One answer of a script: all is well, a fault, or a fault by its name, e.g. `hang`, `status:503`, `reset:2`. */
export type Step = "ok" | Fault | Fault["type"] | `${Fault["type"]}:${number}`;

const defaults: { [Type in Fault["type"]]: Extract<Fault, { type: Type }> } = {
  status: { type: "status", status: 500 },
  overloaded: { type: "overloaded" },
  "content-filter": { type: "content-filter" },
  "context-length": { type: "context-length" },
  "no-prefill": { type: "no-prefill" },
  delay: { type: "delay", headersMs: 100 },
  hang: { type: "hang" },
  silence: { type: "silence" },
  reset: { type: "reset" },
  cut: { type: "cut", afterEvents: 1 },
  stall: { type: "stall", afterEvents: 1 },
  html: { type: "html" },
  empty: { type: "empty" },
  "content-type": { type: "content-type", value: "text/plain" },
  "error-200": { type: "error-200" },
  "error-event": { type: "error-event", afterEvents: 1 },
  "malformed-event": { type: "malformed-event", afterEvents: 1 },
  "oversized-event": { type: "oversized-event", afterEvents: 1, bytes: 40 * 1024 * 1024 },
  "json-reply": { type: "json-reply" },
  redirect: { type: "redirect", location: "http://127.0.0.1:9/" },
  trickle: { type: "trickle", bytes: 1, everyMs: 5 },
  framing: { type: "framing", lineEnd: "\r\n", comments: true },
  "late-usage": { type: "late-usage", delayMs: 20 },
  "missing-usage": { type: "missing-usage" },
  "missing-done": { type: "missing-done" },
  gzip: { type: "gzip" },
};

/** Every kind of fault, for tests that walk through all of them. */
export const faultTypes = Object.keys(defaults) as Fault["type"][];

// What the number after the colon means.
const numbered: Partial<Record<Fault["type"], string>> = {
  status: "status",
  "error-200": "status",
  delay: "headersMs",
  reset: "afterEvents",
  cut: "afterEvents",
  stall: "afterEvents",
  "error-event": "afterEvents",
  "malformed-event": "afterEvents",
  "oversized-event": "bytes",
  trickle: "bytes",
  "late-usage": "delayMs",
};

/** The fault that a step names, or null for `ok`. Throws for a name that is none. */
export function faultOf(step: Step): Fault | null {
  if (step === "ok") return null;
  if (typeof step === "object") return step;
  const [type, number] = step.split(":") as [Fault["type"], string?];
  const fault: Fault | undefined = defaults[type];
  if (fault === undefined) throw new Error(`"${step}" is not a fault. Known: ok, ${faultTypes.join(", ")}.`);
  const field = numbered[type];
  if (number === undefined || field === undefined) return fault;
  return { ...fault, [field]: Number(number) };
}

const contextMessages: Readonly<Partial<Record<Vendor["dialect"], string>>> = {
  "openai-chat":
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens. Please reduce the length of the messages.",
  "openai-responses": "Your input exceeds the context window of this model. Please adjust your input and try again.",
  anthropic: "prompt is too long: 210001 tokens > 200000 maximum",
  gemini: "The input token count (1100001) exceeds the maximum number of tokens allowed (1048576).",
};

/** What to do for some kinds of fault. */
export type FaultTable<Result> = { [Type in Fault["type"]]?: (fault: Extract<Fault, { type: Type }>) => Result };

/** What the table says for the fault, or undefined when it says nothing. */
export function ruled<Result>(table: FaultTable<Result>, fault: Fault | null): Result | undefined {
  if (fault === null) return undefined;
  const rule = table[fault.type] as ((fault: Fault) => Result) | undefined;
  return rule?.(fault);
}

/** The error that a fault answers instead of the model, or undefined when the model is asked. */
export function errorOf(fault: Fault | null, vendor: Vendor): VendorError | undefined {
  const errors: FaultTable<VendorError> = {
    status: ({ status, message, code }) =>
      new VendorError(status, message ?? `The service answered with ${status}.`, code === undefined ? {} : { code }),
    overloaded: () => new VendorError(529, "Overloaded"),
    "content-filter": () =>
      new VendorError(400, "The response was filtered due to the prompt triggering the content management policy.", {
        code: "content_filter",
        param: "prompt",
      }),
    "context-length": () =>
      new VendorError(400, contextMessages[vendor.dialect] ?? "The input is too long.", {
        code: "context_length_exceeded",
        param: "messages",
      }),
  };
  return ruled(errors, fault);
}

/** Headers that go with the error of a fault. */
export function errorHeaders(fault: Fault | null): Record<string, string> {
  if (fault?.type !== "status" && fault?.type !== "overloaded") return {};
  const retryAfter: Record<string, string> =
    fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
  return { ...retryAfter, ...(fault.type === "status" ? fault.headers : {}) };
}
