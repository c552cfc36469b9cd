import type { NameMap } from "../names.ts";

/** What the decoder of an answer undoes. */
export interface Memo {
  names: NameMap;
}

/** A memo crosses the core as `unknown`; a request that was not encoded here has none. */
export function memoOf(memo: unknown): Memo | null {
  return typeof memo === "object" && memo !== null && "names" in memo ? (memo as Memo) : null;
}
