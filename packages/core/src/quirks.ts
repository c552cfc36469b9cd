import type { EmbeddingQuirks } from "./embeddings.ts";
import type { FinishReason } from "./event.ts";
import type { FailureClass } from "./failure.ts";
import type { ReasoningEffort } from "./request.ts";

/** A field of a chat request in which thinking can be asked for. */
export type ReasoningField = "reasoning_effort" | "reasoning" | "thinking" | "enable_thinking";

/**
 * How a vendor differs from the dialect it speaks, as data. Codecs read these fields; nothing switches on a vendor's name.
 *
 * A quirk marked (stream) closes the byte path for streamed answers, because frames must be patched.
 */
export interface Quirks {
  /** The name of the output limit. @default "max_tokens", except where the provider says otherwise */
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** What a system message is called. @default "system" */
  developerRole?: "system" | "developer";
  /**
   * What becomes of a system message in the middle of a conversation, where the dialect has none: `tag` tells it as tagged
   * text of the user's, `hoist` adds it to the system text, `system` leaves it where it is. @default "tag"
   */
  laterSystem?: "tag" | "hoist" | "system";
  /** Whether `stream_options.include_usage` is understood. @default true */
  streamOptions?: boolean;
  /** (stream) `optional`: a clean end after the finish reason suffices, no `[DONE]` is sent. @default "required" */
  done?: "required" | "optional";
  /** (stream) Where streamed usage is found beside `usage`, as a dotted path. */
  usageAt?: readonly string[];
  /** (stream) `outside`: reasoning tokens are not in the completion count and are added. @default "inside" */
  reasoningTokens?: "inside" | "outside";
  /** Whether each search of the vendor's own tool is billed, or each answer that has any. @default "query" */
  searchesBilled?: "query" | "answer";
  /** (stream) The field that carries readable thinking. @default "reasoning_content" */
  reasoningField?: string;
  /** Whether `reasoning_content` of earlier turns is sent back. @default "never" */
  reasoningEcho?: "never" | "turn" | "always";
  /** (stream) Inline `<think>` text is reasoning. @default false */
  thinkTags?: boolean;
  /** The alphabet and length that tool call ids must have; others are mapped and mapped back. */
  toolIdPattern?: { source: "nine-alphanumeric" | "word-characters" | "at-most-40" };
  /** What `required` is called in `tool_choice`. @default "required" */
  toolChoiceRequired?: "required" | "any" | "auto";
  /** Whether one named tool can be forced. @default true */
  toolChoiceNamed?: boolean;
  /**
   * Reasoning efforts that are taken. Another goes to the nearest below, else to the lowest, with a warning; without
   * `none` reasoning cannot be switched off. @default whatever was asked for
   */
  efforts?: readonly ReasoningEffort[];
  /**
   * Where the vendor takes wishes about thinking, best first: `reasoning_effort`; `reasoning`, an effort or a budget;
   * `thinking`, on or off; `enable_thinking` with `thinking_budget`. A wish in another field is said in one of these, with a
   * warning for what is lost. @default the field that the caller chose, else `reasoning_effort`
   */
  reasoningIn?: readonly ReasoningField[];
  /** Chat answers never show what the model thinks: another dialect that the channel speaks is asked for it. @default false */
  hidesThinking?: boolean;
  /** How a mark of the prompt cache is written. Without it marks of other dialects are dropped with a warning. */
  cacheMarks?: "cache_control" | "prompt_cache_breakpoint";
  /**
   * Whether function tools and a reasoning effort can be asked for together. `none`: tools need the effort `none` said
   * aloud; `absent`: tools need the effort left out. Both with a warning when an effort was asked for. @default "allowed"
   */
  reasoningWithTools?: "allowed" | "none" | "absent";
  /** Which structured output is taken; a weaker one turns the schema into an instruction, with a warning. @default "schema" */
  schema?: "schema" | "json" | "none";
  /** Whether `strict` is understood in tools and schemas. @default false */
  strict?: boolean;
  /** (stream) Finish reasons of the vendor's own. */
  finishReasons?: Readonly<Record<string, FinishReason | "error">>;
  /** Top-level parameters under another name. */
  rename?: Readonly<Record<string, string>>;
  /** Top-level parameters that the vendor rejects: dropped with a warning. */
  refuse?: readonly string[];
  /** Inclusive ranges; a value outside is clamped with a warning. */
  range?: Readonly<Record<string, readonly [number, number]>>;
  /** Vendor error codes with a class of their own. */
  errorCodes?: Readonly<Record<string, FailureClass>>;
  /** How its reranker differs from Jina's: the field for the number of results, and the member that holds them. */
  rerank?: { top?: string; results?: string };
  /** What is particular about its embeddings. A row for a model replaces it whole. */
  embeddings?: EmbeddingQuirks;
  /** (stream) Anything else about the stream that needs the codec path. */
  patchStream?: boolean;
}
