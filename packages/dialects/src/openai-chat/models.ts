import { dollarsFor, mediaOf } from "@sluice/core";
import type { ClientCall, JsonObject, ListedModel, ModelInfo, ModelPrice, PriceUnit } from "@sluice/core";

export function encodeModels(models: readonly ListedModel[]): JsonObject {
  return { object: "list", data: models.map(encodeModel) };
}

/** OpenAI's four members, and what the catalogue knows beside them. */
export function encodeModel(model: ListedModel): JsonObject {
  const created = Date.parse(model.info?.created ?? "");
  return {
    id: model.id,
    object: "model",
    created: Number.isNaN(created) ? 0 : Math.floor(created / 1000),
    owned_by: model.ownedBy,
    ...catalogueMembers(model.info),
  };
}

/** The model name in `/v1/models/{id}`, slashes included. */
export function modelOf(call: ClientCall): string {
  const marker = "/models/";
  const found = call.path.indexOf(marker);
  return found === -1 ? "" : call.path.slice(found + marker.length);
}

/** Null is unknown: a list that leaves a member out would look like one that has none to tell. */
function catalogueMembers(info: ModelInfo | null): JsonObject {
  const media = mediaOf(info);
  return {
    name: info?.name ?? null,
    context_length: info?.contextTokens ?? null,
    max_output_tokens: info?.maxOutputTokens ?? null,
    abilities: info?.abilities ? { ...info.abilities } : null,
    architecture: media && { input_modalities: [...media.input], output_modalities: [...media.output] },
    pricing: info?.price ? pricingOf(info.price) : null,
    status: info?.status ?? null,
    intelligence: info?.intelligence ? { ...info.intelligence } : null,
  };
}

/** Names that clients of model lists know, by the unit whose price they carry. */
const pricingNames: readonly (readonly [string, PriceUnit])[] = [
  ["prompt", "input_token"],
  ["completion", "output_token"],
  ["input_cache_read", "cache_read_token"],
  ["input_cache_write", "cache_write_token"],
  ["internal_reasoning", "reasoning_token"],
  ["audio", "audio_input_token"],
  ["image_output", "image_output_token"],
  ["image", "image"],
  ["request", "request"],
  ["web_search", "tool:web_search"],
];

/** Dollars for one of each unit as text, then where that was read and every line, conditions included. */
function pricingOf(price: ModelPrice): JsonObject {
  const { source, sourceVersion, date, version } = price;
  const lines = price.lines.map(({ unit, when, ...line }) => ({
    unit,
    usd: dollarsFor({ unit, ...line }, 1n),
    ...(when ? { when: { ...when } as JsonObject } : {}),
  }));
  const pricing: JsonObject = {};
  for (const [name, unit] of pricingNames) {
    const line = lines.find((each) => each.unit === unit && !("when" in each));
    if (line) pricing[name] = line.usd;
  }
  return { ...pricing, source, source_version: sourceVersion, date, version, lines };
}
