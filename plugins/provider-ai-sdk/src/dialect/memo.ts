import type { NameMap } from "@sluice/dialects";

/** What the decoder of an answer must know of its request. */
export interface Memo {
  /** Tools by the names that the package was given. */
  names: NameMap;
}

export function memoOf(memo: unknown): Memo | null {
  return typeof memo === "object" && memo !== null && "names" in memo ? (memo as Memo) : null;
}
