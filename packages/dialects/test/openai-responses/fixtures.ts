import { errors } from "@sluice/core";
import { openaiResponses } from "../../src/index.ts";
import { subjectOf } from "../_subject.ts";

export const {
  client,
  upstream,
  target: bareTarget,
  requestOf,
  answerContext,
  decodeBytes,
  decodeContext: bareContext,
  encodeEvents,
  fixtureBytes,
  fixtureJson,
  fixtureNames,
} = subjectOf(openaiResponses, "gpt-5-mini");

export const target = { ...bareTarget, stateDomain: "openai" };
export const decodeContext = { ...bareContext, target };
export const failure = errors.UPSTREAM_SERVER({ target: "openai/gpt-5-mini", message: "It broke" });
