import type { OperationRequestBase, OperationResultBase } from "./operation.ts";
import type { JsonObject } from "./json.ts";
import type { MediaSource } from "./request.ts";

/** One thing to judge: a text, or the parts of one message. */
export type ModerationInput =
  | { type: "text"; text: string }
  | { type: "parts"; parts: ({ type: "text"; text: string } | { type: "image"; source: MediaSource })[] };

export interface ModerationsRequest extends OperationRequestBase {
  operation: "moderations";
  inputs: ModerationInput[];
}

export interface Judgement {
  flagged: boolean;
  /** By the vendor's own names: categories have no common vocabulary. */
  categories: Record<string, boolean>;
  /** 0…1 */
  scores: Record<string, number>;
  /** Which kinds of input a category was judged by, where the vendor says so. */
  appliedTo?: Record<string, string[]>;
  /** Members without a canonical meaning. */
  rest?: JsonObject;
}

export interface ModerationsResult extends OperationResultBase {
  id: string | null;
  /** One for each input, in its order. */
  judgements: Judgement[];
}
