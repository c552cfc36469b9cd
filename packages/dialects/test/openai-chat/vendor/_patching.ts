import type { JsonObject, Quirks } from "@sluice/core";
import { requestOf, targetOf, upstream } from "../fixtures.ts";

/** What changes of a body of this dialect for a vendor with these quirks. */
export const patch = (body: JsonObject, quirks: Quirks = {}, more = {}) =>
  upstream.patchRequest(body, requestOf(), targetOf(quirks, more));
export const user = { role: "user", content: "Hi" };
export const bare = { model: "gpt-5-mini", messages: [user] };

export const tool = (name: string, more: JsonObject = {}) => ({
  type: "function",
  function: { name, parameters: {}, ...more },
});
