import { sealState } from "@sluice/core";
import type { AnswerContext, Choice, Citation, FinishReason, Json, JsonObject, Warning } from "@sluice/core";
import { nativeDomain } from "./decode-contents.ts";
import type { Preferences } from "./decode-request.ts";
import type { PartWriting } from "./encode-parts.ts";
import { encodeFinish } from "./finish.ts";
import { encodeGrounding } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";

/** Parts towards a client: nothing is renamed, all thinking is shown, foreign state travels sealed. */
export function towardsClient({ warn }: AnswerContext): PartWriting {
  return {
    sign: (state) => sealState(state, nativeDomain),
    unsignedThoughts: true,
    toolName: (name) => name,
    nameOfCall: (result) => result.name ?? "",
    warn,
    own: true,
  };
}

/** How the client asked to be answered; SSE if the request came in another dialect. */
export function formOf(request: AnswerContext["request"]): Preferences["stream"] {
  return request.origin.prefers["stream"] === "array" ? "array" : "sse";
}

/** What every chunk repeats. */
export function identity(context: AnswerContext): JsonObject {
  return { modelVersion: context.model, responseId: context.requestId };
}

/** What is said about a candidate once it is over. */
export interface Ending {
  reason: FinishReason;
  detail?: string | undefined;
  citations: readonly Citation[];
  logprobs?: Json | undefined;
  text: string;
}

export function encodeCandidate(
  index: number,
  parts: readonly JsonObject[],
  ending: Ending,
  warn: (warning: Warning) => void,
): JsonObject {
  const grounding = encodeGrounding(ending.citations, ending.text);
  const logprobs = ending.logprobs === undefined ? null : encodeLogprobs(ending.logprobs);
  return {
    content: { role: "model", parts: parts.length === 0 ? [{ text: "" }] : [...parts] },
    finishReason: encodeFinish(ending.reason, warn),
    ...(ending.detail === undefined ? {} : { finishMessage: ending.detail }),
    index,
    ...(grounding === null ? {} : { groundingMetadata: grounding }),
    ...(logprobs === null ? {} : { logprobsResult: logprobs }),
  };
}

export function endingOf(choice: Choice): Ending {
  const texts = choice.parts.filter((part) => part.type === "text");
  return {
    reason: choice.finish,
    detail: choice.detail,
    citations: texts.flatMap((part) => part.citations ?? []),
    logprobs: choice.logprobs,
    text: texts.map((part) => part.text).join(""),
  };
}
