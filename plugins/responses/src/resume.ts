import type { ChatRequest, Message } from "@sluice/core";
import { errors } from "./errors.ts";
import { dereferenced } from "./references.ts";
import type { ResponseStore } from "./storage.ts";

/** The request with all that it says of stored answers put in its place; the same one where it says nothing of them. */
export async function resumed(request: ChatRequest, owner: string, store: ResponseStore): Promise<ChatRequest> {
  return continued(await dereferenced(request, owner, store), owner, store);
}

/** The request with the conversation that it goes on from. */
async function continued(request: ChatRequest, owner: string, store: ResponseStore): Promise<ChatRequest> {
  const { previous_response_id: previous, ...rest } = request.origin.rest;
  if (typeof previous !== "string") return request;
  const stored = await store.find(owner, previous);
  if (stored === null) {
    // Another id may be known to its vendor.
    if (previous.startsWith("resp_req_")) throw errors.RESPONSES_PREVIOUS_NOT_FOUND(previous);
    return request;
  }
  const { nativeField, ...known } = request;
  const own = instructionsIn(request);
  return {
    ...known,
    messages: [...own, ...stored.messages, ...request.messages.slice(own.length)],
    ...(nativeField === undefined || nativeField === "previous_response_id" ? {} : { nativeField }),
    origin: { ...request.origin, rest },
  };
}

/** The message that the instructions of a request became. */
export function instructionsIn({ messages, origin }: ChatRequest): Message[] {
  const { instructions } = (origin.prefers["echo"] ?? {}) as { instructions?: unknown };
  return typeof instructions === "string" && instructions !== "" ? messages.slice(0, 1) : [];
}
