import type { JsonObject } from "@sluice/core";
import type { Answer } from "./answer.ts";
import type { Prompt } from "./prompt.ts";
import type { VendorError } from "./vendor-error.ts";

/** One HTTP call as it arrived. Header names are lower-case. */
export interface VendorCall {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** One event of a streamed answer, before it is framed. */
export interface VendorEvent {
  /** The `event` field, where the vendor sends one. */
  name: string | null;
  data: string;
  /** Whether the event carries some of the answer: what faults count by. */
  content: boolean;
  role: "content" | "finish" | "usage" | "terminator" | "other";
}

/** How a vendor's streams look on the wire when nothing is odd about them. */
export interface StreamForm {
  contentType: string;
  framing: "sse" | "json-array";
  lineEnd: "\n" | "\r\n";
}

/** A wire format, read and written as its vendor does. Written from the vendor's documents, apart from `@sluice/dialects`. */
export interface Vendor {
  readonly dialect: "openai-chat" | "anthropic" | "gemini";
  /** Whether the call is to this vendor's generation endpoint. */
  owns(call: VendorCall): boolean;
  /** The model list or one of it, if the call asks for that. */
  list(call: VendorCall, models: readonly string[]): JsonObject | null;
  /** Throws `VendorError` when the credential is missing, in the wrong place, or not `expected`. */
  authenticate(call: VendorCall, expected: string | null): void;
  /** The model that is asked for, before anything is checked. */
  modelOf(call: VendorCall, body: unknown): string;
  /** Reads and checks a request as strictly as the vendor. Throws `VendorError`. */
  read(call: VendorCall, body: unknown): Prompt;
  reply(prompt: Prompt, answer: Answer): JsonObject;
  events(prompt: Prompt, answer: Answer, tokensPerEvent: number): VendorEvent[];
  form(prompt: Prompt): StreamForm;
  errorBody(error: VendorError, requestId: string): JsonObject;
  /** How an error is said after the first event. */
  errorEvent(error: VendorError, requestId: string): VendorEvent;
  headers(requestId: string): Record<string, string>;
}
