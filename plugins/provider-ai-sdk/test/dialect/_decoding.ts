import { foldEvents } from "@sluice/core";
import type {
  ChatRequest,
  DecodeContext,
  EncodedRequest,
  Fold,
  JsonObject,
  Message,
  StreamEvent,
  UpstreamTarget,
} from "@sluice/core";
import { aiSdkDialect } from "../../src/dialect/index.ts";

const upstream = aiSdkDialect.upstream as NonNullable<typeof aiSdkDialect.upstream>;

export const target = { model: "a-model", quirks: {}, info: null, stateDomain: "ai-sdk.acme" };

export function requestOf(messages: Message[], more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    operation: "chat",
    model: "acme/a-model",
    stream: true,
    messages,
    sampling: {},
    origin: { dialect: "openai-chat", rest: {}, prefers: {} },
    ...more,
  };
}

export const encodeFor = (request: ChatRequest, to: UpstreamTarget): EncodedRequest =>
  upstream.encodeRequest(request, to);

export function encode(messages: Message[], more: Partial<ChatRequest> = {}): EncodedRequest {
  return upstream.encodeRequest(requestOf(messages, more), target);
}

export const asked: Message[] = [{ role: "user", parts: [{ type: "text", text: "Hello" }] }];

const contextOf = (more: Partial<ChatRequest> = {}): DecodeContext => {
  const request = requestOf(asked, more);
  return { target, request, memo: upstream.encodeRequest(request, target).memo };
};

/** The events of a stream of these parts. */
export function decode(parts: readonly JsonObject[], more?: Partial<ChatRequest>): StreamEvent[] {
  const state = upstream.decoder.initial(contextOf(more));
  const events = parts.flatMap((part) =>
    upstream.decoder.step(state, { raw: new Uint8Array(0), event: null, data: JSON.stringify(part) }),
  );
  return [...events, ...upstream.decoder.end(state)];
}

export function fold(parts: readonly JsonObject[], more?: Partial<ChatRequest>): Fold {
  return foldEvents(decode(parts, more));
}

export function decodeWhole(result: JsonObject, more?: Partial<ChatRequest>) {
  return upstream.decodeReply(result, contextOf(more));
}

export const usage: JsonObject = {
  inputTokens: { total: 12, noCache: 2, cacheRead: 9, cacheWrite: 1 },
  outputTokens: { total: 7, text: 4, reasoning: 3 },
  raw: { prompt: 12 },
};

export function finish(unified = "stop", raw: string | null = "end", more: JsonObject = {}): JsonObject {
  return { type: "finish", finishReason: { unified, ...(raw === null ? {} : { raw }) }, usage, ...more };
}

export function text(words: string, id = "0"): JsonObject[] {
  return [
    { type: "text-start", id },
    { type: "text-delta", id, delta: words },
    { type: "text-end", id },
  ];
}
