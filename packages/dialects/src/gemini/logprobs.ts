import { arrayOf, isObject, numberOf, objectOf, stringOf } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/** Log probabilities in the canonical form, which is that of OpenAI: `{ content: [{ token, logprob, top_logprobs }] }`. */
export function decodeLogprobs(result: JsonObject): Json {
  const top = arrayOf(result["topCandidates"]);
  const content = arrayOf(result["chosenCandidates"]).map((chosen, index) => {
    const others = arrayOf(objectOf(top[index])?.["candidates"]).map(decodeToken);
    return { ...decodeToken(chosen), top_logprobs: others };
  });
  return { content };
}

function decodeToken(candidate: Json): JsonObject {
  const { token, logProbability } = objectOf(candidate) ?? {};
  const text = stringOf(token) ?? "";
  return { token: text, logprob: numberOf(logProbability) ?? 0, bytes: [...new TextEncoder().encode(text)] };
}

export function encodeLogprobs(logprobs: Json): JsonObject | null {
  const content = isObject(logprobs) ? arrayOf(logprobs["content"]).filter(isObject) : [];
  if (content.length === 0) return null;
  return {
    topCandidates: content.map((item) => ({
      candidates: arrayOf(item["top_logprobs"]).filter(isObject).map(encodeToken),
    })),
    chosenCandidates: content.map(encodeToken),
  };
}

function encodeToken(item: JsonObject): JsonObject {
  return { token: stringOf(item["token"]) ?? "", logProbability: numberOf(item["logprob"]) ?? 0 };
}
