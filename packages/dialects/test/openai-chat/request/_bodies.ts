import type { ChatRequest, JsonObject } from "@sluice/core";
import { client } from "../fixtures.ts";

const call = {
  method: "POST",
  path: "/v1/chat/completions",
  rawPath: "/v1/chat/completions",
  query: new URLSearchParams(),
  headers: new Map(),
};
export const decode = (body: JsonObject): ChatRequest => client.decodeRequest(body, call);
export const ask = (more: JsonObject = {}): JsonObject => ({
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Hi" }],
  ...more,
});
export const talk = (...messages: JsonObject[]): JsonObject => ask({ messages });
export const partsOf = (...messages: JsonObject[]) =>
  decode(talk(...messages)).messages.map((message) => message.parts);
