import type { Json } from "@sluice/core";
import { NameMap } from "../names.ts";
import type { NameRule } from "../names.ts";

export const toolNames: NameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64, replacement: "_" };
export const callIds: NameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 256, replacement: "_" };

/** What the decoder of an answer undoes. */
export interface Memo {
  names: NameMap;
  ids: NameMap;
  /** The wire name of the tool whose arguments are the answer. */
  answerTool?: string;
  /** Undoes the adaptation of the answer's schema; the answer is then given as a whole. */
  restore?: (value: Json) => Json;
  /** The answer was to be JSON and the upstream had only an instruction to go by. */
  checkJson?: boolean;
}

/** On the byte path nothing was renamed. */
export function memoOf(memo: unknown): Memo {
  return (memo as Memo | undefined) ?? { names: new NameMap(toolNames, []), ids: new NameMap(callIds, []) };
}
