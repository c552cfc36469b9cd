import type { ChatRequest, ModelInfo, UpstreamTarget } from "@sluice/core";
import { requestOf, target, upstream } from "../fixtures.ts";

export const chat = { origin: { dialect: "openai-chat", rest: {}, prefers: {} } };
/** The target with a catalogue entry of these fields. */
export const info = (fields: Partial<ModelInfo>): UpstreamTarget => ({
  ...target,
  info: { id: target.model, ...fields },
});
export const tool = { name: "look", parameters: { type: "object", properties: { at: { type: "string" } } } };
export const schema = {
  type: "object",
  properties: { a: { type: "string" } },
  required: ["a"],
  additionalProperties: false,
};

/** The body that the vendor is sent for a request of OpenAI's dialect, and what was said of it. */
export function encode(fields: Partial<ChatRequest>, to: UpstreamTarget = target) {
  const { body, warnings, memo } = upstream.encodeRequest(requestOf({ ...chat, ...fields }), to);
  return { body, memo, codes: warnings.map((warning) => warning.code), warnings };
}
