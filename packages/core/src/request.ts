import type { Json, JsonObject } from "./json.ts";

/**
 * Provider state that is carried, never read: thinking signatures, thought signatures, encrypted reasoning.
 *
 * `domain` names who can open it (a provider's `stateDomain`); it is sent back only there.
 */
export interface OpaqueState {
  kind: "signature" | "redacted" | "encrypted";
  domain: string;
  data: string;
  /** The upstream's id of the item that the state belongs to, where it has one. */
  id?: string;
  /** The upstream's own word for what wrote it, where models of several vendors stand behind one upstream. */
  format?: string;
}

/** Anything that may have members which only the dialect of its request knows. */
export interface WithRest {
  rest?: JsonObject;
}

/** Where media comes from. `data` is base64 without a `data:` prefix. */
export type MediaSource =
  | { kind: "url"; url: string; mediaType?: string }
  | { kind: "data"; mediaType: string; data: string }
  | { kind: "file"; id: string };

/** A mark at which the vendor's prompt cache may cut. */
export interface CacheMark {
  ttl?: "5m" | "1h";
}

/** A source that the model names for its text. Indexes count UTF-16 units of the text. */
export interface Citation {
  url?: string;
  title?: string;
  quote?: string;
  start?: number;
  end?: number;
  /** The citation as the upstream wrote it. */
  raw?: Json;
}

export interface TextPart extends WithRest {
  type: "text";
  text: string;
  citations?: Citation[];
  cache?: CacheMark;
}
export interface RefusalPart {
  type: "refusal";
  text: string;
}
export interface ImagePart extends WithRest {
  type: "image";
  source: MediaSource;
  /** OpenAI's hint: `auto`, `low`, `high`. */
  detail?: string;
  cache?: CacheMark;
}
export interface AudioPart extends WithRest {
  type: "audio";
  source: MediaSource;
  transcript?: string;
}
export interface FilePart extends WithRest {
  type: "file";
  source: MediaSource;
  filename?: string;
  cache?: CacheMark;
}
export interface ReasoningPart {
  type: "reasoning";
  /** Readable thinking; empty for redacted or encrypted reasoning. */
  text: string;
  state?: OpaqueState;
}
export interface ToolCallPart extends WithRest {
  type: "tool-call";
  id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
  state?: OpaqueState;
}
export interface ToolResultPart extends WithRest {
  type: "tool-result";
  callId: string;
  /** The tool's name where the dialect carries it; else looked up in the history by `callId`. */
  name?: string;
  content: (TextPart | ImagePart | FilePart | AudioPart)[];
  isError?: boolean;
  cache?: CacheMark;
}
/** Something that only one dialect knows: provider-run tools, their results, future part types. */
export interface ProviderPart {
  type: "provider";
  /** The dialect whose wire form `item` is in. */
  format: string;
  item: JsonObject;
}

export type Part =
  | TextPart
  | RefusalPart
  | ImagePart
  | AudioPart
  | FilePart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | ProviderPart;

export interface Message extends WithRest {
  /** `tool` messages hold `tool-result` parts only; `assistant` alone holds reasoning, refusals and tool calls. */
  role: "system" | "user" | "assistant" | "tool";
  parts: Part[];
  /** The speaker's name where the dialect has one. */
  name?: string;
}

export interface Tool extends WithRest {
  name: string;
  description?: string;
  /** JSON Schema of the arguments; absent means an empty object. */
  parameters?: JsonObject;
  strict?: boolean;
  cache?: CacheMark;
}

/** A tool that the vendor runs itself, in the wire form of `format`. */
export interface ProviderTool {
  format: string;
  item: JsonObject;
}

export type ToolChoice =
  | { type: "auto" }
  | { type: "none" }
  | { type: "required" }
  | { type: "tool"; name: string }
  | { type: "subset"; mode: "auto" | "required"; names: string[] };

export type OutputFormat =
  | { type: "text" }
  | { type: "json" }
  | { type: "schema"; name: string; description?: string; schema: JsonObject; strict?: boolean };

/** What an answer may be made of. */
export type Modality = "text" | "image" | "audio";

/** How spoken answers sound. */
export interface Speech {
  /** The voice, by the name that the caller's vendor gave it. */
  voice?: string;
  /** `wav`, `mp3`, `pcm16`, … @default the target's own */
  format?: string;
}

export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** How much the model should think, in whichever form the caller said it. */
export interface ReasoningWish {
  effort?: ReasoningEffort;
  /** Tokens. 0 switches thinking off, -1 leaves it to the model. */
  budgetTokens?: number;
  /** Anthropic's adaptive thinking. */
  adaptive?: boolean;
  /** Whether readable thinking is wanted in the answer. */
  include?: boolean;
}

/** Sampling parameters as the caller gave them; ranges are the target's business. */
export interface Sampling {
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  stop?: string[];
  seed?: number;
  n?: number;
  logprobs?: boolean;
  topLogprobs?: number;
  logitBias?: Record<string, number>;
}

/**
 * One chat request in the canonical form: rich enough for every dialect, owned by none.
 *
 * Read-only for plugins; a stage that changes it returns a new one.
 */
export interface ChatRequest {
  operation: "chat";
  /** The name that the client asked for. */
  model: string;
  stream: boolean;
  messages: Message[];
  tools?: Tool[];
  providerTools?: ProviderTool[];
  toolChoice?: ToolChoice;
  /** False allows one call at a time. */
  parallelToolCalls?: boolean;
  output?: OutputFormat;
  /** What the answer may be made of, where the caller says so. @default text */
  modalities?: Modality[];
  speech?: Speech;
  sampling: Sampling;
  reasoning?: ReasoningWish;
  /** End user, as the caller names them to the vendor. */
  user?: string;
  metadata?: Record<string, string>;
  serviceTier?: string;
  /** A field that only an upstream of the client's own dialect can honour: no other target takes the request. */
  nativeField?: string;
  origin: Origin;
}

/** What only the client's own dialect understands, kept for the way back and for an upstream that speaks the same. */
export interface Origin {
  dialect: string;
  /** Top-level fields without a canonical meaning, in order. */
  rest: JsonObject;
  /** How the client wants its answer written, e.g. `{ includeUsage: true }`. Read only by its own dialect. */
  prefers: Record<string, unknown>;
  /** The extra `provider_options`: what the caller tells a provider beyond every dialect, by the name the provider has for itself. */
  providerOptions?: JsonObject;
}
