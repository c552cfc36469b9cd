import { NameMap } from "@sluice/dialects";
import type { NameRule } from "@sluice/dialects";
import type { Json } from "@sluice/core";

export const toolNames: NameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64, replacement: "_" };
export const callIds: NameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64, replacement: "_" };

/** Signatures are the model's own; what is redacted is written here in a way that only this wire reads. */
export const redactedDomain = "bedrock-converse";

/** What the decoder of an answer undoes. */
export interface Memo {
  names: NameMap;
  ids: NameMap;
  /** Undoes the adaptation of the answer's schema; the text is then given as a whole. */
  restore?: (value: Json) => Json;
}

export function memoOf(memo: unknown): Memo {
  return (memo as Memo | undefined) ?? { names: new NameMap(toolNames, []), ids: new NameMap(callIds, []) };
}
