import { member, number, object, runOf, string } from "../quiet.ts";
import type { ResponsesState } from "./stream-state.ts";

const type = '"response\\.(?:output_text|reasoning_summary_text|reasoning_text)\\.delta"';

const more = object(
  member("type", type),
  member("output_index|content_index|summary_index|sequence_number", number),
  member("item_id|delta|obfuscation", string),
  member("logprobs", String.raw`\[\]`),
);

const endOfRun = runOf(String.raw`(?:event: ?response\.[a-z_.]+\n)?data: ?${more}`);

/** A run of deltas that go on with the text or thinking of the item that is speaking. */
export function quietEnd({ open, over, memo }: ResponsesState, text: string, start: number): number {
  const [item] = open;
  const isOpen = open.length === 1 && (item?.kind === "message" || item?.kind === "reasoning") && item.told.size > 0;
  return isOpen && !over && memo.restore === undefined ? endOfRun(text, start) : start;
}
