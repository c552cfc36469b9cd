import type { JsonObject } from "@sluice/core";
import type { Answer } from "./answer.ts";
import { isAt, isRecord, words } from "./fields.ts";
import { openai, sse } from "./openai.ts";
import type { Prompt } from "./prompt.ts";
import { itemsOf, type ItemDraft } from "./responses-items.ts";
import { readResponses } from "./responses-request.ts";
import { resourceOf, serveResource } from "./responses-resources.ts";
import { ResponseStore } from "./responses-store.ts";
import { idOf } from "./tokens.ts";
import type { Vendor, VendorEvent } from "./vendor.ts";
import type { VendorError } from "./vendor-error.ts";

// Seconds; fixed, so that the same request gets the same bytes.
const created = 1_790_000_000;

/** Words in the last user text that make the model break down and say so as an answer. */
export const failureTrigger = "please break down";

/** OpenAI's responses, with a store of their own: https://platform.openai.com/docs/api-reference/responses (read 2026-11). */
export function createResponses(): Vendor {
  const store = new ResponseStore();
  const kept = (prompt: Prompt, response: JsonObject, events: VendorEvent[]) => {
    const request = requestOf(prompt);
    if (request["store"] !== false) store.keep({ response, input: prompt.wishes["input"] as JsonObject[], events });
  };
  return {
    dialect: "openai-responses",
    owns: (call) => (call.method === "POST" && isAt(call.path, "/responses")) || resourceOf(call) !== null,
    list: () => null,
    authenticate: (call, expected) => openai.authenticate(call, expected),
    modelOf: (call, body) => openai.modelOf(call, body),
    serve: (call, body) => serveResource(call, body, store),
    read: (_call, body) => readResponses(body, store),
    reply: (prompt, answer) => {
      const drafts = itemsOf(prompt, answer, 1);
      const whole = ended(prompt, answer, drafts);
      kept(prompt, whole, streamed(prompt, answer, drafts));
      return requestOf(prompt)["background"] === true ? begun(prompt, "queued") : whole;
    },
    events: (prompt, answer, size) => streamed(prompt, answer, itemsOf(prompt, answer, size)),
    form: () => sse,
    errorBody: (error, requestId) => openai.errorBody(error, requestId),
    errorEvents: (error, _requestId, sent) => failed(error, sent),
    headers: (requestId) => openai.headers(requestId),
  };
}

function requestOf(prompt: Prompt): JsonObject {
  return isRecord(prompt.wishes["request"]) ? prompt.wishes["request"] : {};
}

/** Every field that OpenAI writes, with what the request said where it said something. */
function envelope(prompt: Prompt): JsonObject {
  const request = requestOf(prompt);
  const said = (name: string, otherwise: JsonObject[string]) => request[name] ?? otherwise;
  return {
    id: `resp_${prompt.seed}`,
    object: "response",
    created_at: created,
    model: prompt.model,
    background: said("background", false),
    instructions: said("instructions", null),
    max_output_tokens: said("max_output_tokens", null),
    max_tool_calls: said("max_tool_calls", null),
    metadata: said("metadata", {}),
    parallel_tool_calls: said("parallel_tool_calls", true),
    previous_response_id: said("previous_response_id", null),
    prompt_cache_key: said("prompt_cache_key", null),
    reasoning: { effort: null, summary: null, ...(isRecord(request["reasoning"]) ? request["reasoning"] : {}) },
    safety_identifier: said("safety_identifier", null),
    service_tier: said("service_tier", "default"),
    store: said("store", true),
    temperature: said("temperature", 1),
    text: { format: { type: "text" }, ...(isRecord(request["text"]) ? request["text"] : {}) },
    tool_choice: said("tool_choice", "auto"),
    tools: said("tools", []),
    top_logprobs: said("top_logprobs", 0),
    top_p: said("top_p", 1),
    truncation: said("truncation", "disabled"),
    user: said("user", null),
  };
}

function begun(prompt: Prompt, status: "queued" | "in_progress"): JsonObject {
  return { ...envelope(prompt), status, error: null, incomplete_details: null, output: [], usage: null };
}

function ended(prompt: Prompt, answer: Answer, drafts: readonly ItemDraft[]): JsonObject {
  const error = errorIn(prompt, answer);
  const reason = incompleteReasons[answer.finish] ?? null;
  return {
    ...envelope(prompt),
    status: error !== null ? "failed" : reason !== null ? "incomplete" : "completed",
    completed_at: error === null && reason === null ? created + 1 : null,
    error,
    incomplete_details: reason === null ? null : { reason },
    output: error === null ? drafts.map(({ item }) => item) : [],
    usage: error === null ? usage(answer) : null,
  };
}

const incompleteReasons: Readonly<Partial<Record<Answer["finish"], string>>> = {
  length: "max_output_tokens",
  filter: "content_filter",
};

function errorIn(prompt: Prompt, answer: Answer): JsonObject | null {
  if (prompt.lastUserText.includes(failureTrigger))
    return { code: "server_error", message: "The model broke down while it answered." };
  if (answer.finish !== "prompt-blocked") return null;
  return { code: "invalid_prompt", message: "Invalid prompt: your prompt was flagged by a safety rule." };
}

function usage({ usage: count }: Answer): JsonObject {
  return {
    input_tokens: count.input,
    input_tokens_details: { cached_tokens: count.cacheRead, cache_write_tokens: count.cacheWrite },
    output_tokens: count.output,
    output_tokens_details: { reasoning_tokens: count.thinking },
    total_tokens: count.input + count.output,
  };
}

type Unnumbered = { type: string; data: JsonObject; role: VendorEvent["role"] };

function streamed(prompt: Prompt, answer: Answer, drafts: readonly ItemDraft[]): VendorEvent[] {
  const last = ended(prompt, answer, drafts);
  const queued = requestOf(prompt)["background"] === true;
  const status = queued ? "queued" : "in_progress";
  const state = (type: string, response: JsonObject, role: VendorEvent["role"] = "other"): Unnumbered => ({
    type: `response.${type}`,
    data: { response },
    role,
  });
  const items = last["error"] === null ? drafts.flatMap(itemEvents) : [];
  return numbered(prompt, [
    state("created", begun(prompt, status)),
    ...(queued ? [state("queued", begun(prompt, "queued"))] : []),
    state("in_progress", begun(prompt, "in_progress")),
    ...items,
    state(words(last["status"]), last, "finish"),
  ]);
}

function itemEvents({ item, opened, steps }: ItemDraft, output_index: number): Unnumbered[] {
  return [
    { type: "response.output_item.added", data: { output_index, item: opened }, role: "other" },
    ...steps.map(({ type, data, content = false }): Unnumbered => ({
      type,
      data: { item_id: words(item["id"]), output_index, ...data },
      role: content ? "content" : "other",
    })),
    { type: "response.output_item.done", data: { output_index, item }, role: "other" },
  ];
}

function numbered(prompt: Prompt, events: readonly Unnumbered[]): VendorEvent[] {
  const options = requestOf(prompt)["stream_options"];
  const padded = !(isRecord(options) && options["include_obfuscation"] === false);
  return events.map(({ type, data, role }, sequence_number) => {
    // OpenAI pads its deltas so that their length says nothing about the text.
    const padding = padded && type.endsWith(".delta") ? { obfuscation: idOf(8, type, sequence_number) } : {};
    return event(role, { type, sequence_number, ...data, ...padding });
  });
}

function event(role: VendorEvent["role"], data: JsonObject): VendorEvent {
  return { name: words(data["type"]), data: JSON.stringify(data), content: role === "content", role };
}

/** An error in a stream is said twice: as an event of its own, and as the end of the answer with what there was of it. */
function failed(error: VendorError, sent: readonly VendorEvent[]): VendorEvent[] {
  const code = error.code ?? (error.status === 429 ? "rate_limit_exceeded" : "server_error");
  const said = sent.map(({ data }) => JSON.parse(data) as JsonObject);
  const output = said
    .filter(({ type }) => type === "response.output_item.done")
    .map((one) => one["item"] as JsonObject);
  const first = said[0]?.["response"] as JsonObject | undefined;
  const { message, param } = error;
  return [
    event("other", { type: "error", sequence_number: sent.length, code, message, param }),
    event("other", {
      type: "response.failed",
      sequence_number: sent.length + 1,
      response: { ...first, status: "failed", error: { code, message }, output },
    }),
  ];
}
