import { isObject, stringOf } from "@sluice/core";
import type { FinishReason, JsonObject, Warning } from "@sluice/core";
import { inexactFinish } from "../losses.ts";

/** Why a response ended. One that is still at work in the background has paused, as far as this answer goes. */
export function decodeFinish(response: JsonObject): FinishReason | "error" {
  const status = stringOf(response.status) ?? "completed";
  if (status === "failed" || status === "cancelled") return "error";
  if (status === "completed") return "stop";
  const reason = isObject(response.incomplete_details) ? stringOf(response.incomplete_details.reason) : undefined;
  if (reason === "max_output_tokens") return "length";
  return reason === "content_filter" ? "filter" : "paused";
}

/** How a response ends in this dialect. */
export interface Ending {
  status: "completed" | "incomplete";
  incomplete_details: JsonObject | null;
}

const completed: Ending = { status: "completed", incomplete_details: null };
const cut = (reason: string): Ending => ({ status: "incomplete", incomplete_details: { reason } });

const endings: Readonly<Record<FinishReason, Ending>> = {
  stop: completed,
  "stop-sequence": completed,
  "tool-calls": completed,
  other: completed,
  length: cut("max_output_tokens"),
  "context-full": cut("max_output_tokens"),
  filter: cut("content_filter"),
  refusal: cut("content_filter"),
  paused: { status: "incomplete", incomplete_details: {} },
};

/** `refused`: the model's own words of refusal are in the answer, which is complete with them. */
export function encodeFinish(reason: FinishReason, refused: boolean, warn: (warning: Warning) => void): Ending {
  if (reason === "refusal" && refused) return completed;
  const ending = endings[reason];
  const loss = inexactFinish(reason, ending.status);
  if (loss) warn(loss);
  return ending;
}
