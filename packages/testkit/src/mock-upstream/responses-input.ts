import type { JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import { mediumAt } from "./media.ts";
import { invalid } from "./openai-checks.ts";
import type { ResponseStore } from "./responses-store.ts";
import { idOf, sign } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";

/** The opaque value that only this upstream can have issued for a reasoning or compaction item. */
export function encrypted(itemId: string): string {
  return `gAAAAA${sign(itemId)}`;
}

const prefixes: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  custom_tool_call: "ctc",
  reasoning: "rs",
  web_search_call: "ws",
  image_generation_call: "ig",
};

/** What a model said or did: all that may stand between a question and the results of its calls. */
export const spoken = (item: JsonObject) =>
  item["role"] === "assistant" || /^(reasoning|compaction)$|_call$/.test(words(item["type"]));

/**
 * The conversation before the answer: what came before, then the input of this request, every item with a type and an id.
 * Throws `VendorError` for what OpenAI would not take.
 */
export function conversationOf(body: JsonObject, store: ResponseStore): JsonObject[] {
  const previous = words(body["previous_response_id"]);
  if (previous !== "" && !store.has(previous))
    throw new VendorError(400, `Previous response with id '${previous}' not found.`, {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  const before =
    previous === "" ? [] : [...store.get(previous).input, ...records(store.get(previous).response["output"])];
  const items = [...before, ...inputOf(body["input"]).map((item, at) => resolved(item, at, store))];
  checkOrder(items);
  return items.map((item, at) => ({ ...item, id: item["id"] ?? newId(item, at) }));
}

function newId(item: JsonObject, at: number): string {
  return `${prefixes[words(item["type"])] ?? "item"}_${idOf(32, JSON.stringify(item), at)}`;
}

function inputOf(input: unknown): JsonObject[] {
  if (input === undefined) return [];
  if (typeof input === "string")
    return [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }];
  if (Array.isArray(input)) return records(input);
  throw invalid("Invalid type for 'input': expected one of a string or array of objects.", "input", "invalid_type");
}

function resolved(given: JsonObject, at: number, store: ResponseStore): JsonObject {
  const path = `input[${at}]`;
  const item = given["type"] === undefined && given["role"] !== undefined ? { ...given, type: "message" } : given;
  const type = words(item["type"]);
  if (type === "item_reference" || (type === "" && item["id"] !== undefined)) return store.item(words(item["id"]));
  if (type === "") throw invalid(`Invalid value: ''.`, path, "invalid_value");
  const { id } = item;
  const prefix = prefixes[type];
  if (typeof id === "string" && prefix !== undefined && !id.startsWith(prefix))
    throw invalid(
      `Invalid '${path}.id': '${id}'. Expected an ID that begins with '${prefix}'.`,
      `${path}.id`,
      "invalid_value",
    );
  if (type === "message") checkMessage(item, path);
  if (type === "reasoning" || type === "compaction") checkOpaque(item, path, store);
  if (type === "function_call" && typeof item["arguments"] !== "string")
    throw invalid(
      `Missing required parameter: '${path}.arguments'.`,
      `${path}.arguments`,
      "missing_required_parameter",
    );
  if (/_call(_output)?$/.test(type) && prefix !== "ws" && prefix !== "ig") checkCallId(item, path);
  return type === "message" ? { ...item, content: partsOf(item) } : item;
}

const partTypes: Readonly<Record<string, readonly string[]>> = {
  assistant: ["output_text", "refusal"],
  user: ["input_text", "input_image", "input_file"],
  system: ["input_text", "input_image", "input_file"],
  developer: ["input_text", "input_image", "input_file"],
};

function partsOf(item: JsonObject): JsonObject[] {
  const { content } = item;
  if (typeof content !== "string") return records(content);
  return [{ type: item["role"] === "assistant" ? "output_text" : "input_text", text: content }];
}

function checkMessage(item: JsonObject, path: string): void {
  const types = partTypes[words(item["role"])];
  if (types === undefined)
    throw invalid(
      `Invalid value: '${words(item["role"])}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
      `${path}.role`,
      "invalid_value",
    );
  for (const [at, part] of partsOf(item).entries()) {
    const here = `${path}.content[${at}]`;
    if (!types.includes(words(part["type"])))
      throw invalid(
        `Invalid value: '${words(part["type"])}'. Supported values are: ${types.map((type) => `'${type}'`).join(", ")}.`,
        here,
        "invalid_value",
      );
    if (part["type"] !== "input_image" || typeof part["file_id"] === "string") continue;
    if (mediumAt(part["image_url"]) === null)
      throw invalid(`Invalid '${here}.image_url'. Expected a valid URL.`, `${here}.image_url`, "invalid_value");
  }
}

/** State of the model comes back as it was given, or is still kept here. */
function checkOpaque(item: JsonObject, path: string, store: ResponseStore): void {
  const id = words(item["id"]);
  if (item["type"] === "reasoning" && !Array.isArray(item["summary"]))
    throw invalid(`Missing required parameter: '${path}.summary'.`, `${path}.summary`, "missing_required_parameter");
  const state = item["encrypted_content"] ?? null;
  // What other vendors show of their thinking is text, and theirs alone.
  if (state === null && Array.isArray(item["content"])) return;
  if (state === null) return void store.item(id);
  if (state === encrypted(id)) return;
  throw invalid(
    `The encrypted content for item ${id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    path,
    "invalid_encrypted_content",
  );
}

function checkCallId(item: JsonObject, path: string): void {
  const hosted = !["function", "custom_tool"].some((kind) => words(item["type"]).startsWith(kind));
  if (hosted) return;
  const id = words(item["call_id"]);
  if (id === "")
    throw invalid(`Missing required parameter: '${path}.call_id'.`, `${path}.call_id`, "missing_required_parameter");
  if (id.length > 64)
    throw invalid(
      `Invalid '${path}.call_id': string too long. Expected a string with maximum length 64, but got a string with length ${id.length} instead.`,
      `${path}.call_id`,
      "string_above_max_length",
    );
}

/** Calls and their results belong together, as reasoning and what it led to. */
function checkOrder(items: readonly JsonObject[]): void {
  for (const [at, item] of items.entries()) {
    const type = words(item["type"]);
    const id = words(item["call_id"]);
    const before = items.slice(0, at);
    if (
      type === "function_call_output" &&
      !before.some((one) => one["type"] === "function_call" && one["call_id"] === id)
    )
      throw invalid(`No tool call found for function call output with call_id ${id}.`, "input");
    if (
      type === "function_call" &&
      !items.slice(at).some((one) => one["type"] === "function_call_output" && one["call_id"] === id)
    )
      throw invalid(`No tool output found for function call ${id}.`, "input");
    const next = items[at + 1];
    if (type === "reasoning" && (next === undefined || !spoken(next)))
      throw invalid(
        `Item '${words(item["id"])}' of type 'reasoning' was provided without its required following item.`,
        "input",
      );
    const [, thought] = /_([0-9a-f]{24})r\d+$/.exec(words(item["id"])) ?? [];
    if (thought !== undefined && !before.some((one) => one["id"] === `rs_${thought}`))
      throw invalid(
        `Item '${words(item["id"])}' of type '${type}' was provided without its required 'reasoning' item: 'rs_${thought}'.`,
        "input",
      );
  }
}

/** The text of an item, whoever said it. */
export function textOf(item: JsonObject): string {
  const content = item["type"] === "message" ? item["content"] : item["output"];
  if (typeof content === "string") return content;
  return records(content)
    .map((part) => words(part["text"]) + words(part["refusal"]))
    .join("");
}

/** What a message shows besides text. */
export function shownIn(item: JsonObject | undefined) {
  return records(item?.["content"]).flatMap((part) => {
    if (part["type"] === "input_image")
      return mediumAt(part["image_url"]) ?? { mediaType: "file", bytes: null, url: words(part["file_id"]) };
    if (part["type"] !== "input_file") return [];
    const url = words(part["file_url"]) || words(part["file_id"]);
    return mediumAt(part["file_data"]) ?? { mediaType: "file", bytes: null, url };
  });
}

export function isCallOutput(item: JsonObject): boolean {
  return isRecord(item) && ["function_call_output", "custom_tool_call_output"].includes(words(item["type"]));
}
