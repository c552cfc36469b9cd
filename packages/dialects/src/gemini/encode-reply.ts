import type { AnswerContext, Choice, JsonObject, Part, Reply } from "@sluice/core";
import { encodeCandidate, endingOf, identity, towardsClient } from "./answer.ts";
import { callArguments, encodeParts } from "./encode-parts.ts";
import { encodeUsage } from "./usage.ts";

export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  return {
    candidates: reply.choices.map((choice, index) =>
      encodeCandidate(index, encodeParts(wholeParts(choice), towardsClient), endingOf(choice)),
    ),
    usageMetadata: encodeUsage(reply.usage),
    ...identity(context),
  };
}

/** A call that the output limit cut has no object to send; it is left out. */
function wholeParts({ parts, finish }: Choice): Part[] {
  const wasCut = finish === "length" || finish === "context-full";
  return parts.filter((part) => !wasCut || part.type !== "tool-call" || callArguments(part.arguments) !== null);
}
