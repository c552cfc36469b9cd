import type { Citation, MediaSource, OpaqueState } from "./request.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Failure } from "./failure.ts";

/**
 * What an answer used, as the provider counts it. `null` and absent are unknown, never 0.
 *
 * Cached and cache-write tokens are inside `inputTokens`, reasoning is inside `outputTokens`: the two are always the whole.
 */
export interface Usage {
  inputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  outputTokens: number | null;
  reasoningTokens: number | null;
  /** What only some answers have. Absent in most, so that streams of plain text pay nothing for it. */
  details?: UsageDetails;
  /** Counted by the gateway, by size: the upstream did not say all of it. */
  estimated?: true;
  /** The usage object as the upstream wrote it. */
  raw?: JsonObject;
}

/** Counts beside the five of every chat, each absent where unknown. What is inside another count is billed once. */
export interface UsageDetails {
  /** Both inside `cacheWriteTokens`: written to be kept for five minutes, for an hour. */
  cacheWrite5mTokens?: number;
  cacheWrite1hTokens?: number;
  /** All inside `inputTokens`. */
  audioInputTokens?: number;
  imageInputTokens?: number;
  videoInputTokens?: number;
  /** Inside `cacheReadTokens`, and inside the audio and image tokens of the input. */
  audioCacheReadTokens?: number;
  imageCacheReadTokens?: number;
  /** All inside `outputTokens`. */
  audioOutputTokens?: number;
  imageOutputTokens?: number;
  videoOutputTokens?: number;
  /** Pictures that were made. */
  images?: number;
  /** Milliseconds of sound that was read, of sound that was made, of video that was made. */
  audioInputMs?: number;
  audioOutputMs?: number;
  videoOutputMs?: number;
  /** Calls that a vendor bills by the call, where it is not one: none for looking after what was ordered. */
  requests?: number;
  /** Characters that were spoken or classified, by vendors who count those. */
  characters?: number;
  /** Searches as vendors of rerankers bill them. */
  searchUnits?: number;
  /** Calls of tools that the vendor runs itself, by kind in lower case, e.g. `{ web_search: 2 }`. */
  toolCalls?: Readonly<Record<string, number>>;
  /** What else the price depends on, in the vendor's words: `1024x1024/hd` of a picture, `720p` of a video. */
  variant?: string;
  /** The service tier that the upstream says it served at, e.g. `flex`. */
  serviceTier?: string;
}

export const noUsage: Usage = {
  inputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
};

/** Usage of these counts; the others are unknown. */
export function usageWith(counts: Partial<Usage>): Usage {
  return { ...noUsage, ...counts };
}

/** The last known value of each field wins; a missing field erases nothing. Usage is cumulative, nothing is added up. */
export function mergeUsage(known: Usage, next: Usage): Usage {
  if (saysNothingNew(known, next)) return known;
  const merged: Usage = {
    inputTokens: next.inputTokens ?? known.inputTokens,
    cacheReadTokens: next.cacheReadTokens ?? known.cacheReadTokens,
    cacheWriteTokens: next.cacheWriteTokens ?? known.cacheWriteTokens,
    outputTokens: next.outputTokens ?? known.outputTokens,
    reasoningTokens: next.reasoningTokens ?? known.reasoningTokens,
  };
  if (next.estimated || known.estimated) merged.estimated = true;
  if (next.details || known.details) merged.details = mergeDetails(known.details, next.details);
  if (next.raw || known.raw)
    merged.raw = known.raw && next.raw ? { ...known.raw, ...next.raw } : (next.raw ?? known.raw);
  return merged;
}

/** Some vendors repeat their counts with every event of a stream. */
function saysNothingNew(known: Usage, next: Usage): boolean {
  return (
    next.raw === known.raw &&
    next.details === known.details &&
    next.estimated === known.estimated &&
    isRepeated(next.inputTokens, known.inputTokens) &&
    isRepeated(next.cacheReadTokens, known.cacheReadTokens) &&
    isRepeated(next.cacheWriteTokens, known.cacheWriteTokens) &&
    isRepeated(next.outputTokens, known.outputTokens) &&
    isRepeated(next.reasoningTokens, known.reasoningTokens)
  );
}

function isRepeated(next: number | null, known: number | null): boolean {
  return next === null || next === known;
}

function mergeDetails(known: UsageDetails | undefined, next: UsageDetails | undefined): UsageDetails {
  if (!known || !next) return (next ?? known) as UsageDetails;
  const toolCalls = { ...known.toolCalls, ...next.toolCalls };
  return { ...known, ...next, ...(known.toolCalls && next.toolCalls ? { toolCalls } : {}) };
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
 * Members of an answer without a canonical meaning, as its upstream wrote them: for a client of the same dialect, whose
 * encoder writes them again. Decoders tell them to such a client alone; others get a warning.
 */
export interface WireRest {
  /** The choice that they belong to; null for the answer as a whole. */
  choice: number | null;
  /** The dialect that they come from, and which of its objects had them. */
  format: string;
  place: string;
  members: JsonObject;
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
  | ({ type: "rest" } & WireRest)
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

/** Characters of content in the event, by which usage is estimated that an upstream left out. */
export function charactersIn(event: StreamEvent): number {
  if (event.type === "text-delta" || event.type === "reasoning-delta" || event.type === "refusal-delta")
    return event.text.length;
  return event.type === "tool-delta" ? event.arguments.length : 0;
}
