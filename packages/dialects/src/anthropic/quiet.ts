import { member, number, object, runOf, string } from "../quiet.ts";
import type { StreamState } from "./stream-state.ts";

const delta = object(member("type", '"(?:text_delta|thinking_delta)"'), member("text|thinking", string));

const more = object(member("type", '"content_block_delta"'), member("index", number), member("delta", delta));

const ping = object(member("type", '"ping"'));

const endOfRun = runOf(String.raw`event: ?(?:content_block_delta\ndata: ?${more}|ping\ndata: ?${ping})`);

/** A run of deltas that go on with an open block of text or thinking; what a message says after its end is looked at. */
export function quietEnd(state: StreamState, text: string, start: number): number {
  const { block, ending, done, memo } = state;
  const isOpen = block?.kind === "text" || block?.kind === "thinking";
  const goesOn = isOpen && !ending && !done && memo.checkJson !== true;
  return goesOn ? endOfRun(text, start) : start;
}
