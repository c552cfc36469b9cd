import type { JsonObject } from "@sluice/core";
import { anthropicClient } from "./anthropic-client.ts";
import { geminiClient } from "./gemini-client.ts";
import { openaiClient } from "./openai-client.ts";
import { responsesClient } from "./responses-client.ts";

/** What is asked for besides the words, as every vendor has it. Each client says it in its own fields. */
export interface Wishes {
  system?: string;
  tools?: "weather";
  choice?: "none" | "required" | "named";
  oneCall?: boolean;
  output?: "json" | JsonObject;
  stop?: string[];
  maxTokens?: number;
  temperature?: number;
  seed?: number;
  topK?: number;
  /** Thinking, shown. A number is a budget in tokens. */
  thinking?: "high" | number;
  /** Fields for the gateway, at the top level of the body. */
  extras?: JsonObject;
  headers?: Record<string, string>;
}

export type Piece = { text: string } | { image: { mediaType: string; data: string } | { url: string } };

export interface Call {
  id: string;
  name: string;
  arguments: unknown;
}

/** What the client's own library read of an answer. `finish` and `usage` are in its own words. */
export interface Said {
  text: string;
  thinking: string;
  refusal: string | null;
  calls: Call[];
  finish: string;
  usage: unknown;
  /** Pieces of text that came one by one; 0 for an answer that came whole. */
  pieces: number;
}

export interface Result {
  text: string;
  isError?: boolean;
}

/** A conversation. It keeps its history exactly as the library gave it, which is how signatures find their way back. */
export interface Talk {
  ask(question: string | readonly Piece[]): Promise<Said>;
  /** Answers all calls of the last answer and asks again. */
  answer(result: (call: Call) => Result): Promise<Said>;
  /** Adds words of the operator between two turns. */
  instruct?(text: string): void;
  /** Goes on with another model. */
  switchTo(model: string): void;
}

export interface Place {
  /** The gateway, without a path. */
  url: string;
  model: string;
}

export type Client = (place: Place, wishes: Wishes, streamed: boolean) => Talk;

/** The vendors' own libraries, by the dialect that they speak. */
export const clients = {
  "openai-chat": openaiClient,
  "openai-responses": responsesClient,
  anthropic: anthropicClient,
  gemini: geminiClient,
} as const;

export type ClientName = keyof typeof clients;

export const clientNames = Object.keys(clients) as ClientName[];

/** Whose words a library uses. */
export type VendorName = "openai" | "anthropic" | "gemini";

export function vendorOf(client: ClientName): VendorName {
  return client === "anthropic" || client === "gemini" ? client : "openai";
}
