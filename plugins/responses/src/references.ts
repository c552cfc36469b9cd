import { isObject } from "@sluice/core";
import type { ChatRequest, Message, Part } from "@sluice/core";
import { openaiResponses } from "@sluice/dialects";
import type { ResponseStore } from "./storage.ts";

const { client } = openaiResponses as Required<typeof openaiResponses>;
const call = {
  method: "POST",
  path: "",
  rawPath: "",
  query: new URLSearchParams(),
  headers: new Map<string, string>(),
};

/**
 * The request with the items themselves where it names items of earlier answers; the same request where it names none.
 *
 * The id of an item that this gateway made says of which response it is, and where it stands there.
 */
export async function dereferenced(request: ChatRequest, owner: string, store: ResponseStore): Promise<ChatRequest> {
  const ids = request.messages.flatMap(({ parts }) => parts.flatMap((part) => referenceIn(part) ?? []));
  if (ids.length === 0) return request;
  const items = new Map<string, Part[]>();
  for (const id of ids) {
    const parts = await partsOf(id, owner, store);
    if (parts !== null) items.set(id, parts);
  }
  if (items.size === 0) return request;
  const messages = request.messages.map((message): Message => ({
    ...message,
    parts: message.parts.flatMap((part) => items.get(referenceIn(part) ?? "") ?? [part]),
  }));
  const isNative = messages.some(({ parts }) =>
    parts.some((part) => part.type === "provider" && referenceIn(part) !== null),
  );
  const { nativeField, ...known } = request;
  const stays = nativeField !== undefined && (isNative || !nativeField.startsWith("input["));
  return { ...known, messages, ...(stays ? { nativeField } : {}) };
}

/** The id that a part stands for. Thinking by its id alone is with nobody until it is found. */
function referenceIn(part: Part): string | null {
  if (part.type === "reasoning") return part.state?.domain === "nobody" ? (part.state.id ?? null) : null;
  if (part.type !== "provider" || part.item["type"] !== "item_reference") return null;
  return typeof part.item["id"] === "string" ? part.item["id"] : null;
}

async function partsOf(id: string, owner: string, store: ResponseStore): Promise<Part[] | null> {
  const [, requestId, index] = /^[a-z]+_(req_[^_]+)_(\d+)$/.exec(id) ?? [];
  const stored = requestId === undefined ? null : await store.find(owner, `resp_${requestId}`);
  const output = stored?.response["output"];
  const item = Array.isArray(output) ? output[Number(index)] : undefined;
  if (!isObject(item) || item["id"] !== id) return null;
  const { messages } = client.decodeRequest({ model: "any", input: [item] }, call);
  return messages[0]?.parts ?? [];
}
