import type { JsonObject } from "@sluice/core";
import { invalid } from "./openai-checks.ts";
import { sse } from "./openai.ts";
import { encrypted } from "./responses-input.ts";
import { readResponses } from "./responses-request.ts";
import type { ResponseStore } from "./responses-store.ts";
import { idOf, tokensOf } from "./tokens.ts";
import type { VendorAnswer, VendorCall } from "./vendor.ts";

type Action = "retrieve" | "delete" | "cancel" | "input_items" | "compact";

/** What a call wants besides a new answer, or null. */
export function resourceOf({ method, path }: VendorCall): { action: Action; id: string } | null {
  const [, id = "", sub] = /\/responses\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (id === "") return null;
  const named = sub ?? (id === "compact" ? id : "");
  const action = actions[`${method} ${named}`];
  return action === undefined ? null : { action, id };
}

const actions: Readonly<Record<string, Action>> = {
  "GET ": "retrieve",
  "DELETE ": "delete",
  "POST cancel": "cancel",
  "GET input_items": "input_items",
  "POST compact": "compact",
};

/** Answers such a call: https://platform.openai.com/docs/api-reference/responses/get (read 2026-11). */
export function serveResource(call: VendorCall, body: unknown, store: ResponseStore): VendorAnswer | null {
  const wanted = resourceOf(call);
  return wanted === null ? null : handlers[wanted.action](wanted.id, call, body, store);
}

type Handler = (id: string, call: VendorCall, body: unknown, store: ResponseStore) => VendorAnswer;

const handlers: Readonly<Record<Action, Handler>> = {
  retrieve: (id, call, _body, store) => {
    const { response, events } = store.get(id);
    if (call.query.get("stream") !== "true") return json(response);
    const after = Number(call.query.get("starting_after") ?? -1);
    return { type: "events", events: events.slice(after + 1), form: sse, json: response };
  },
  delete: (id, _call, _body, store) => {
    store.delete(id);
    return json({ id, object: "response", deleted: true });
  },
  cancel: (id, _call, _body, store) => {
    const { response } = store.get(id);
    if (response["background"] !== true) throw invalid("Only background responses can be cancelled.");
    return json({ ...response, status: "cancelled", output: [] });
  },
  input_items: (id, call, _body, store) => {
    const { input } = store.get(id);
    const ordered = call.query.get("order") === "asc" ? input : input.toReversed();
    const from = ordered.findIndex((item) => item["id"] === call.query.get("after")) + 1;
    const limit = Number(call.query.get("limit") ?? 20);
    const data = ordered.slice(from, from + limit);
    const ids = { first_id: data[0]?.["id"] ?? null, last_id: data.at(-1)?.["id"] ?? null };
    return json({ object: "list", data, ...ids, has_more: from + limit < ordered.length });
  },
  compact: (_id, _call, body, store) => {
    const prompt = readResponses(body, store);
    const id = `cmp_${idOf(24, prompt.seed)}`;
    const count = { input_tokens: tokensOf(prompt.reading).length, output_tokens: 1 };
    const details = { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } };
    return json({
      id: `resp_${prompt.seed}`,
      object: "response.compaction",
      created_at: 1_790_000_000,
      output: [{ id, type: "compaction", encrypted_content: encrypted(id) }],
      usage: { ...count, ...details, total_tokens: count.input_tokens + count.output_tokens },
    });
  },
};

function json(value: JsonObject): VendorAnswer {
  return { type: "json", json: value };
}
