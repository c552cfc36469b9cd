import { anthropic } from "../../src/anthropic/index.ts";
import { subjectOf } from "../_subject.ts";

export { call, cut, joined, receipt } from "../_subject.ts";

export const {
  client,
  upstream,
  target,
  requestOf,
  decodeContext,
  answerContext,
  fixtureNames,
  fixtureBytes,
  fixtureJson,
  decodeBytes,
  encodeEvents,
} = subjectOf(anthropic, "claude-sonnet-5");

export const text = (value: string) => ({ type: "text" as const, text: value });
