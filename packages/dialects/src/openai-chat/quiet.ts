import { member, number, object, runOf, string } from "../quiet.ts";
import type { ChatDecoderState } from "./decode-stream.ts";

const words = `(?:null|${string})`;

const delta = object(
  member("role|content|reasoning_content|reasoning", words),
  member("refusal|tool_calls|function_call|audio|annotations", "null"),
  member("tool_calls", String.raw`\[\]`),
);

const choice = object(
  member("index", "0"),
  member("delta", delta),
  member("finish_reason|logprobs|stop_reason|native_finish_reason|token_ids", "null"),
);

const chunk = object(
  member("choices", String.raw`\[${choice}\]`),
  member("usage|error", "null"),
  // A vendor's own words change nothing on the byte path.
  member("(?!choices|usage|error)[a-z_]+", `(?:null|true|false|${number}|${string})`),
);

const endOfRun = runOf(`data: ?${chunk}`);

/** A run of chunks that only go on with the text or thinking of the one choice. */
export function quietEnd({ choices, over }: ChatDecoderState, text: string, start: number): number {
  const goesOn = !over && choices.size === 1 && choices.get(0)?.isOpen === true;
  return goesOn ? endOfRun(text, start) : start;
}
