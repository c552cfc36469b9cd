import type { AnswerContext, Choice, JsonObject, Part, Reply, Warning } from "@sluice/core";
import { cutCall } from "../losses.ts";
import { restAt } from "../rest.ts";
import { encodeCandidate, endingOf, identity, towardsClient } from "./answer.ts";
import { callArguments, encodeParts } from "./encode-parts.ts";
import { encodeUsage } from "./usage.ts";

export function encodeReply(reply: Reply, context: AnswerContext): JsonObject {
  const { warn } = context;
  const writing = towardsClient(context);
  return {
    candidates: reply.choices.map((choice, index) => ({
      ...encodeCandidate(index, encodeParts(wholeParts(choice, warn), writing), endingOf(choice), warn),
      ...restAt(reply, { choice: index, format: "gemini", place: "candidate" }),
    })),
    usageMetadata: encodeUsage(reply.usage),
    ...identity(context),
    ...restAt(reply, { choice: null, format: "gemini", place: "chunk" }),
  };
}

/** A call that the output limit cut has no object to send; it is left out. */
function wholeParts({ parts, finish }: Choice, warn: (warning: Warning) => void): Part[] {
  const wasCut = finish === "length" || finish === "context-full";
  return parts.filter((part) => {
    if (!wasCut || part.type !== "tool-call" || callArguments(part.arguments) !== null) return true;
    warn(cutCall(part.name));
    return false;
  });
}
