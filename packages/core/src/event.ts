import type { Citation, MediaSource, OpaqueState } from "./request.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Failure } from "./failure.ts";

/**
 * Token counts as the provider counts them. `null` is unknown, never 0.
 *
 * Cached and cache-write tokens are inside `inputTokens`, reasoning is inside `outputTokens`.
 */
export interface Usage {
  inputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  outputTokens: number | null;
  reasoningTokens: number | null;
  /** The usage object as the upstream wrote it. */
  raw?: JsonObject;
}

export const noUsage: Usage = {
  inputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
};

/** The last known value of each field wins; a missing field erases nothing. Usage is cumulative, nothing is added up. */
export function mergeUsage(known: Usage, next: Usage): Usage {
  return {
    inputTokens: next.inputTokens ?? known.inputTokens,
    cacheReadTokens: next.cacheReadTokens ?? known.cacheReadTokens,
    cacheWriteTokens: next.cacheWriteTokens ?? known.cacheWriteTokens,
    outputTokens: next.outputTokens ?? known.outputTokens,
    reasoningTokens: next.reasoningTokens ?? known.reasoningTokens,
    ...((next.raw ?? known.raw) ? { raw: { ...known.raw, ...next.raw } } : {}),
  };
}

export type FinishReason =
  | "stop"
  | "stop-sequence"
  | "length"
  | "context-full"
  | "tool-calls"
  | "filter"
  | "refusal"
  | "paused"
  | "other";

/** Something that a translation could not carry, or that was changed on the way. Ends up in the receipt. */
export interface Warning {
  /** Lower-case with underscores, e.g. `dropped_parameter`, `state_dropped`, `unknown_event`. */
  code: string;
  message: string;
  /** The field of the caller's request, or the upstream's event name. */
  field?: string;
}

/**
 * One step of a streamed answer, in the canonical form. `choice` counts from 0.
 *
 * Order: `start`, then any content, `finish` once per choice, `usage` anywhere, then `end`; or `error`, after which
 * nothing follows. `end` means that the dialect's own terminator was seen: without it a stream is truncated.
 * Tool calls of one choice never interleave: `tool-start`, its `tool-delta`s, `tool-end`.
 * A reasoning block is its `reasoning-delta`s and one `reasoning-end`, which alone is a redacted block.
 */
export type StreamEvent =
  | { type: "start"; id: string | null; model: string | null; created: number | null }
  | { type: "text-delta"; choice: number; text: string }
  | { type: "refusal-delta"; choice: number; text: string }
  | { type: "reasoning-delta"; choice: number; text: string }
  | { type: "reasoning-end"; choice: number; state?: OpaqueState }
  | {
      type: "tool-start";
      choice: number;
      /** 0,1,2… by first appearance within the choice. */
      index: number;
      id: string;
      name: string;
      state?: OpaqueState;
    }
  | { type: "tool-delta"; choice: number; index: number; arguments: string }
  | { type: "tool-end"; choice: number; index: number }
  | { type: "media"; choice: number; media: "image" | "audio"; source: MediaSource; transcript?: string }
  | { type: "citation"; choice: number; citation: Citation }
  | { type: "logprobs"; choice: number; logprobs: Json }
  | { type: "provider"; choice: number; format: string; item: JsonObject }
  | { type: "usage"; usage: Usage }
  | {
      type: "finish";
      choice: number;
      reason: FinishReason;
      /** The stop sequence that was hit, where the upstream says which. */
      stopSequence?: string;
      /** Why a refusal or filter ended the answer, in words. */
      detail?: string;
    }
  | { type: "warning"; warning: Warning }
  | { type: "error"; failure: Failure }
  | { type: "end" };

const content = new Set([
  "text-delta",
  "refusal-delta",
  "reasoning-delta",
  "reasoning-end",
  "tool-start",
  "tool-delta",
  "media",
  "provider",
]);

/** Whether the event commits the answer: the first such event handed to the client is the commit point. */
export function isContent(event: StreamEvent): boolean {
  return content.has(event.type);
}
