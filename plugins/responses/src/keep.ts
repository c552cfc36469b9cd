import { emptyFold, foldEvent } from "@sluice/core";
import type { AnswerContext, ChatRequest, JsonObject, Message, Reply, StreamEvent, WireRest } from "@sluice/core";
import { openaiResponses } from "@sluice/dialects";
import { instructionsIn } from "./resume.ts";
import type { ResponseStore } from "./storage.ts";

const { client, upstream } = openaiResponses as Required<typeof openaiResponses>;

/** What the answer to a request is stored with. */
export interface Keeping {
  requestId: string;
  request: ChatRequest;
  owner: () => Promise<string>;
  store: ResponseStore;
  /** Unix milliseconds. */
  now: () => number;
  /** The answer is whole, and could not be kept. */
  onFailure: (cause: unknown) => void;
}

/** Keeps a whole answer before its end is told: whoever has read the end can go on from there. */
export async function* kept(events: AsyncIterable<StreamEvent>, keeping: Keeping): AsyncGenerator<StreamEvent> {
  const fold = emptyFold();
  const created = Math.floor(keeping.now() / 1000);
  for await (const event of events) {
    foldEvent(fold, event);
    if (event.type === "end" && (await isKept(fold.reply, created, keeping))) yield { type: "rest", ...storedMark };
    yield event;
  }
}

const create = {
  method: "POST",
  path: "/v1/responses",
  rawPath: "/v1/responses",
  query: new URLSearchParams(),
  headers: new Map<string, string>(),
};

const storedMark: WireRest = {
  choice: null,
  format: "openai-responses",
  place: "response",
  members: { store: true },
};

async function isKept(reply: Reply, created: number, keeping: Keeping): Promise<boolean> {
  const { requestId, request, owner, store, onFailure } = keeping;
  const context: AnswerContext = { requestId, created, model: reply.model ?? request.model, request, warn: () => {} };
  const told = { ...reply, rest: [...(reply.rest ?? []), storedMark] };
  const response = client.encodeReply(told, context);
  const spoken = request.messages.slice(instructionsIn(request).length);
  try {
    const messages = [...spoken, ...answerOf(reply, response)];
    await store.keep(await owner(), response["id"] as string, { response, input: itemsOf(request, spoken), messages });
    return true;
  } catch (cause) {
    onFailure(cause);
    return false;
  }
}

/** The answer as the model said it; in its own items where they have members, such as phases, that must go back with them. */
function answerOf(reply: Reply, response: JsonObject): Message[] {
  const isOfItems = reply.rest?.some(({ format, place }) => format === openaiResponses.id && place !== "response");
  if (isOfItems) return client.decodeRequest({ model: "any", input: response["output"] ?? [] }, create).messages;
  const parts = reply.choices[0]?.parts ?? [];
  return parts.length > 0 ? [{ role: "assistant", parts }] : [];
}

/** The history as items, each with an id. */
function itemsOf(request: ChatRequest, messages: Message[]): JsonObject[] {
  const target = { model: request.model, quirks: {}, info: null, stateDomain: "openai" };
  const { body } = upstream.encodeRequest({ ...request, messages }, target);
  const { instructions, input } = body as { instructions?: string; input: JsonObject[] };
  const first: JsonObject[] = instructions === undefined ? [] : [{ role: "system", content: instructions }];
  return [...first, ...input].map((item, index) => ({ type: "message", ...item, id: item["id"] ?? `item_${index}` }));
}
