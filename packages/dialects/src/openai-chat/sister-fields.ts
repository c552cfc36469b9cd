import { isObject } from "@sluice/core";
import type { ChatRequest, JsonObject } from "@sluice/core";

/** Fields at the top that chat and responses share, with the same meaning. */
const shared: ReadonlySet<string> = new Set([
  "moderation",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "safety_identifier",
]);

/** What the client's dialect alone understood of a request, as one of OpenAI's two dialects can say it of the other. */
export interface SisterFields {
  /** Goes on under the same name. */
  told: JsonObject;
  verbosity: JsonObject[string];
  lost: JsonObject;
}

/** Chat has `verbosity` at the top, responses have it in `text`. */
export function sisterFields({ origin: { dialect, rest } }: ChatRequest): SisterFields {
  if (dialect !== "openai-chat" && dialect !== "openai-responses")
    return { told: {}, verbosity: undefined, lost: rest };
  const { text, verbosity: ofChat, ...others } = rest;
  const { verbosity: ofResponses, ...lostText } = isObject(text) ? text : {};
  const entries = Object.entries(others);
  const told = Object.fromEntries(entries.filter(([name]) => shared.has(name)));
  const lost = Object.fromEntries(entries.filter(([name]) => !shared.has(name)));
  return { told, verbosity: ofChat ?? ofResponses, lost: { ...lost, ...(isObject(text) ? { text: lostText } : {}) } };
}
