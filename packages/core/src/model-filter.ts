import type { Abilities, Medium, ModelInfo } from "./catalogue.ts";
import type { ListedModel } from "./dialect.ts";
import { errors } from "./errors.ts";
import { dollarsFor, listLine } from "./price.ts";
import type { PriceUnit } from "./price.ts";

type Test = (model: ListedModel) => boolean;

/** Filters by the query parameter that asks for them. What is not known of a model does not pass. */
const filters: Readonly<Record<string, (value: string, name: string) => Test>> = {
  provider: (value) => among(value, ({ ownedBy }) => ownedBy),
  search: (value) => {
    const wanted = value.toLowerCase();
    return ({ id, info }) => `${id} ${info?.name ?? ""}`.toLowerCase().includes(wanted);
  },
  input: (value) => all(value, (medium, { info }) => mediaOf(info)?.input.includes(medium as Medium) ?? false),
  output: (value) => all(value, (medium, { info }) => mediaOf(info)?.output.includes(medium as Medium) ?? false),
  ability: (value) => all(value, (ability, { info }) => info?.abilities?.[ability as keyof Abilities] === true),
  min_context: (value, name) => atLeast(value, name, (info) => info.contextTokens),
  min_output: (value, name) => atLeast(value, name, (info) => info.maxOutputTokens),
  max_input_price: (value, name) => atMost(value, name, "input_token"),
  max_output_price: (value, name) => atMost(value, name, "output_token"),
  priced: (value, name) => {
    if (value !== "true" && value !== "false") throw errors.REQUEST_INVALID(name, "must be true or false");
    return ({ info }) => (info?.price !== undefined) === (value === "true");
  },
  status: (value) => among(value, ({ info }) => info?.status ?? "active"),
};

/** The names of the filters of `/v1/models`. */
export const modelFilters: readonly string[] = Object.keys(filters);

/** The models that pass every filter of a query. Other parameters are somebody else's. Throws `SLUICE_REQUEST_INVALID`. */
export function filterModels(models: readonly ListedModel[], query: URLSearchParams): readonly ListedModel[] {
  const tests = Object.entries(filters).flatMap(([name, make]) => query.getAll(name).map((value) => make(value, name)));
  return tests.length === 0 ? models : models.filter((model) => tests.every((passes) => passes(model)));
}

/** What a model takes and gives, as far as it is said or follows from its abilities; null where nothing is known. */
export function mediaOf(info: ModelInfo | null): NonNullable<ModelInfo["modalities"]> | null {
  if (info?.modalities) return info.modalities;
  if (!info?.abilities) return null;
  const { vision, files, audio } = info.abilities;
  const more: Medium[] = [...when(vision, "image"), ...when(files, "file"), ...when(audio, "audio")];
  return { input: ["text", ...more], output: ["text"] };
}

function when(ability: boolean | undefined, medium: Medium): Medium[] {
  return ability ? [medium] : [];
}

function among(value: string, of: (model: ListedModel) => string): Test {
  const wanted = value.split(",");
  return (model) => wanted.includes(of(model));
}

function all(value: string, has: (item: string, model: ListedModel) => boolean): Test {
  const wanted = value.split(",");
  return (model) => wanted.every((item) => has(item, model));
}

function atLeast(value: string, name: string, of: (info: ModelInfo) => number | undefined): Test {
  const least = amountOf(value, name);
  return ({ info }) => info !== null && (of(info) ?? -1) >= least;
}

/** By dollars for a million, where the price needs no condition. */
function atMost(value: string, name: string, unit: PriceUnit): Test {
  const most = amountOf(value, name);
  return ({ info }) => {
    const line = info?.price ? listLine(info.price, unit) : null;
    return line !== null && Number(dollarsFor(line, 1_000_000n)) <= most;
  };
}

function amountOf(value: string, name: string): number {
  const amount = value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isFinite(amount) && amount >= 0) return amount;
  throw errors.REQUEST_INVALID(name, "must be a number, 0 or more");
}
