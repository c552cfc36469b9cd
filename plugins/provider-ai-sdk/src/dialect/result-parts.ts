import { arrayOf, isObject, objectOf, stringOf } from "@sluice/core";
import type { DecodeContext, Json, JsonObject } from "@sluice/core";

/** The stream parts that a `LanguageModelV4GenerateResult` would have had. */
export function* streamPartsOf(result: JsonObject, { request }: DecodeContext): Generator<JsonObject> {
  yield { type: "stream-start", warnings: arrayOf(result["warnings"]) };
  yield { ...objectOf(result["response"]), type: "response-metadata" };
  for (const [index, part] of contentOf(result, request.output?.type).entries()) {
    if (isObject(part)) yield* contentParts(part, String(index));
  }
  const { finishReason, usage, providerMetadata } = result;
  yield { type: "finish", finishReason: wholeReason(finishReason), usage, providerMetadata };
}

/** Where the model wrote drafts before its JSON, the package says which text is the JSON: the others are not shown. */
function contentOf(result: JsonObject, output: string | undefined): Json[] {
  const content = arrayOf(result["content"]);
  const text = stringOf(result["structuredOutputText"]);
  if (text === undefined || output === undefined || output === "text") return content;
  const others = content.filter((part) => !isObject(part) || part["type"] !== "text");
  return [...others, { type: "text", text }];
}

/** The answer is whole, so a missing reason cuts nothing; no reason is made up for it either. */
function wholeReason(finish: Json | undefined): Json {
  const { unified, raw } = isObject(finish) ? finish : {};
  const isMissing = raw === undefined && (unified === "other" || unified === "unknown");
  return isMissing
    ? { unified: "other", raw: "" }
    : { unified: unified ?? "other", ...(raw === undefined ? {} : { raw }) };
}

function* contentParts(part: JsonObject, id: string): Generator<JsonObject> {
  const kind = part["type"];
  if (kind !== "text" && kind !== "reasoning") {
    yield part;
    return;
  }
  const { providerMetadata, text, citations } = part;
  yield { type: `${kind}-start`, id };
  yield { type: `${kind}-delta`, id, delta: text };
  yield { type: `${kind}-end`, id, providerMetadata, citations };
}
