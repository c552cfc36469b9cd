import type { JsonObject } from "@sluice/core";

/** A picture, sound or document as the pretend model sees it. Either `bytes` or `url` is known. */
export interface Medium {
  mediaType: string | null;
  bytes: number | null;
  url: string | null;
}

export interface OfferedTool {
  name: string;
  parameters: JsonObject | null;
}

/** What a vendor understood of a request: everything that the pretend model looks at, in no vendor's words. */
export interface Prompt {
  model: string;
  stream: boolean;
  /** Hash of the request body: ids and signatures are made of it, so the same request gets the same answer. */
  seed: string;
  /** Every text that the model reads, for counting. */
  reading: string;
  lastUserText: string;
  /** Media of the last user turn. */
  media: Medium[];
  tools: OfferedTool[];
  toolChoice: { mode: "auto" | "none" | "required"; names: string[] | null };
  parallelCalls: boolean;
  /** Results that wait for an answer: those after the last assistant turn. */
  results: { name: string; text: string }[];
  output: { type: "text" } | { type: "json" } | { type: "schema"; schema: JsonObject };
  /** Whether the model thinks, and whether its thoughts are shown. */
  thinking: { on: boolean; shown: boolean };
  stop: string[];
  maxTokens: number | null;
  choices: number;
  logprobs: boolean;
  /** Shares of the prompt that the vendor's cache had or took. */
  cache: { read: number; write: number };
  /** Only for its own vendor: how the answer is to be written. */
  wishes: JsonObject;
}
