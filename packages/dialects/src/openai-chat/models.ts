import type { Abilities, ClientCall, JsonObject, ListedModel, ModelInfo } from "@sluice/core";

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
    ...(model.info === null ? {} : catalogueMembers(model.info)),
  };
}

/** The model name in `/v1/models/{id}`, slashes included. */
export function modelOf(call: ClientCall): string {
  const marker = "/models/";
  const found = call.path.indexOf(marker);
  return found === -1 ? "" : call.path.slice(found + marker.length);
}

function catalogueMembers(info: ModelInfo): JsonObject {
  const members: JsonObject = {};
  if (info.name !== undefined) members.name = info.name;
  if (info.contextTokens !== undefined) members.context_length = info.contextTokens;
  if (info.maxOutputTokens !== undefined) members.max_output_tokens = info.maxOutputTokens;
  if (info.abilities !== undefined) {
    members.abilities = { ...info.abilities };
    members.architecture = { input_modalities: inputsOf(info.abilities), output_modalities: ["text"] };
  }
  if (info.price !== undefined) {
    const { inputPico, outputPico, cacheReadPico, cacheWritePico } = info.price;
    members.pricing = {
      prompt: dollars(inputPico),
      completion: dollars(outputPico),
      ...(cacheReadPico === undefined ? {} : { input_cache_read: dollars(cacheReadPico) }),
      ...(cacheWritePico === undefined ? {} : { input_cache_write: dollars(cacheWritePico) }),
    };
  }
  return members;
}

function inputsOf(abilities: Abilities): string[] {
  const { vision, files, audio } = abilities;
  return ["text", ...(vision ? ["image"] : []), ...(files ? ["file"] : []), ...(audio ? ["audio"] : [])];
}

/** Picodollars as dollars for one token, exactly. */
function dollars(pico: bigint): string {
  const digits = pico.toString().padStart(13, "0");
  const fraction = digits.slice(-12).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -12) : `${digits.slice(0, -12)}.${fraction}`;
}
