import { errors } from "@sluice/core";
import type { ClientCall, JsonObject, ListedModel } from "@sluice/core";

const usualPage = 50;
const largestPage = 1000;

/** One page of the models, by `pageSize` and `pageToken`. The token is the place where the next page begins. */
export function encodeModels(models: readonly ListedModel[], call: ClientCall): JsonObject {
  const size = countAt(call, "pageSize", usualPage);
  const start = countAt(call, "pageToken", 0);
  const page = models.slice(start, start + Math.min(size || usualPage, largestPage));
  const next = start + page.length;
  return {
    models: page.map((model) => encodeModel(model)),
    ...(next < models.length && page.length > 0 ? { nextPageToken: `${next}` } : {}),
  };
}

export function encodeModel({ id, ownedBy, info }: ListedModel): JsonObject {
  return {
    name: `models/${id}`,
    version: info?.created ?? "1",
    displayName: info?.name ?? id,
    description: `Served by ${ownedBy}.`,
    ...(info?.contextTokens === undefined ? {} : { inputTokenLimit: info.contextTokens }),
    ...(info?.maxOutputTokens === undefined ? {} : { outputTokenLimit: info.maxOutputTokens }),
    supportedGenerationMethods: ["generateContent"],
    ...(info?.abilities?.reasoning === undefined ? {} : { thinking: info.abilities.reasoning }),
  };
}

function countAt(call: ClientCall, name: string, fallback: number): number {
  const text = call.query.get(name);
  if (text === null || text === "") return fallback;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw errors.REQUEST_INVALID(name, "must be a whole number, 0 or more");
}
