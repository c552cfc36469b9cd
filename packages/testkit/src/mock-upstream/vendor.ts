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

/** What goes back for a call: one JSON body, events that say the same, or bytes that are no text. */
export type VendorAnswer =
  | { type: "bytes"; mediaType: string; bytes: Uint8Array; json: JsonObject }
  | { type: "json"; json: JsonObject }
  | { type: "events"; events: VendorEvent[]; form: StreamForm; json: JsonObject };

/** The wire formats of chat, then those of other operations. */
export type VendorDialect =
  | "openai-chat"
  | "openai-responses"
  | "anthropic"
  | "gemini"
  | "openai-completions"
  | "openai-embeddings"
  | "gemini-embeddings"
  | "cohere-embeddings"
  | "openai-moderations"
  | "jina-rerank"
  | "cohere-rerank"
  | "openai-tokens"
  | "anthropic-tokens"
  | "gemini-tokens"
  | "openai-images"
  | "imagen-images"
  | "gemini-images"
  | "stability-images"
  | "midjourney-images"
  | "openai-speech"
  | "elevenlabs-speech"
  | "gemini-speech"
  | "openai-transcription"
  | "elevenlabs-transcription"
  | "openai-videos"
  | "gemini-videos"
  | "replicate-videos"
  | "fal-videos";

/** A wire format, read and written as its vendor does. Written from the vendor's documents, apart from `@sluice/dialects`. */
export interface Vendor {
  readonly dialect: VendorDialect;
  /** Whether the call is to one of this vendor's endpoints, model lists aside. */
  owns(call: VendorCall): boolean;
  /** The model list or one of it, if the call asks for that. */
  list(call: VendorCall, models: readonly string[]): JsonObject | null;
  /** Throws `VendorError` when the credential is missing, in the wrong place, or not `expected`. */
  authenticate(call: VendorCall, expected: string | null): void;
  /** The model that is asked for, before anything is checked. */
  modelOf(call: VendorCall, body: unknown): string;
  /** Answers a call that asks for no generation, e.g. for a stored answer; null for any other. Throws `VendorError`. */
  serve?(call: VendorCall, body: unknown): VendorAnswer | null;
  /** Reads and checks a request as strictly as the vendor. Throws `VendorError`. */
  read(call: VendorCall, body: unknown): Prompt;
  reply(prompt: Prompt, answer: Answer): JsonObject;
  events(prompt: Prompt, answer: Answer, tokensPerEvent: number): VendorEvent[];
  form(prompt: Prompt): StreamForm;
  errorBody(error: VendorError, requestId: string): JsonObject;
  /** How an error is said after the events that were sent. */
  errorEvents(error: VendorError, requestId: string, sent: readonly VendorEvent[]): VendorEvent[];
  headers(requestId: string): Record<string, string>;
}
