import { errors } from "@sluice/core";
import type { ClientCall, JsonObject, ListedModel } from "@sluice/core";

const pageSize = 20;
const largestPage = 1000;

/** One page of the model list, by `limit`, `after_id` and `before_id`. */
export function encodeModels(models: readonly ListedModel[], call: ClientCall): JsonObject {
  const limit = limitOf(call);
  const after = call.query.get("after_id");
  const before = call.query.get("before_id");
  const start = after === null ? 0 : models.findIndex((model) => model.id === after) + 1;
  const found = before === null ? -1 : models.findIndex((model) => model.id === before);
  const end = found === -1 ? models.length : found;

  // Towards the front the page ends at `before_id`, and "more" means more in front of it.
  const backwards = before !== null && after === null;
  const page = backwards
    ? models.slice(Math.max(0, end - limit), end)
    : models.slice(start, Math.min(end, start + limit));
  return {
    data: page.map((model) => encodeModel(model)),
    has_more: backwards ? end > limit : start + limit < end,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

export function encodeModel({ id, ownedBy, info }: ListedModel): JsonObject {
  return {
    type: "model",
    id,
    display_name: info?.name ?? id,
    created_at: createdAt(info?.created),
    max_input_tokens: info?.contextTokens ?? null,
    max_tokens: info?.maxOutputTokens ?? null,
    capabilities: capabilities(info),
    owned_by: ownedBy,
  };
}

/** The name in `/v1/models/{id}`; names may have slashes. */
export function modelOf(call: ClientCall): string {
  const start = call.path.indexOf("/models/");
  return start === -1 ? "" : call.path.slice(start + "/models/".length);
}

function limitOf(call: ClientCall): number {
  const text = call.query.get("limit");
  if (text === null) return pageSize;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= largestPage) return limit;
  throw errors.REQUEST_INVALID("limit", `must be a whole number from 1 to ${largestPage}`);
}

function createdAt(created: string | undefined): string {
  const day = created ?? "1970-01-01";
  return day.includes("T") ? day : `${day}T00:00:00Z`;
}

/** Only what the catalogue knows: an ability that it does not mention is left out. */
function capabilities(info: ListedModel["info"]): JsonObject | null {
  const known: Record<string, boolean | undefined> = {
    image_input: info?.abilities?.vision,
    pdf_input: info?.abilities?.files,
    structured_outputs: info?.abilities?.schema,
    thinking: info?.abilities?.reasoning,
  };
  const entries = Object.entries(known).filter(([, supported]) => supported !== undefined);
  return entries.length === 0 ? null : Object.fromEntries(entries.map(([name, supported]) => [name, { supported }]));
}
