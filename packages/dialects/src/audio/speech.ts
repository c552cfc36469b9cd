import { AttemptError, defineOperationDialect, errors, isObject } from "@sluice/core";
import type {
  EncodedBytes,
  EncodedOperation,
  EventOf,
  FrameLimits,
  JsonObject,
  RequestInput,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  ResultDecoder,
  SpeechRequest,
  SpeechResult,
  StreamWriter,
  UpstreamTarget,
  Usage,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { fromBase64, toBase64 } from "../media.ts";
import { decodeError, decodeInBandError, encodeError } from "../openai-chat/errors.ts";
import { amount, as, need, object, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { decodeUsage } from "../openai-chat/usage.ts";
import { createEventDecoder, createEventEncoder, createEventRelay } from "../result-events.ts";
import { audioFormats, mediaTypeOf } from "./audio-types.ts";
import { soundDecoder, spoken } from "./sound.ts";
import { encodeTokens } from "./usage.ts";

const id = "openai-speech";
const understood = ["model", "input", "voice", "instructions", "response_format", "speed", "stream_format"] as const;
const fields: ReadonlySet<string> = new Set<string>(understood);

/** OpenAI's speech: <https://platform.openai.com/docs/api-reference/audio/createSpeech> (read 2026-11) */
export const openaiSpeech = defineOperationDialect({
  id,
  operation: "speech",
  client: {
    routes: [{ method: "POST", path: "/v1/audio/speech", operation: "speech" }],
    fields,
    decodeRequest,
    encodeResult: ({ bytes, mediaType }: SpeechResult): EncodedBytes => ({ bytes, mediaType }),
    receiptMembers,
    encodeError,
    stream: {
      type: ({ stream }, upstream) => (stream ? "text/event-stream; charset=utf-8" : upstream),
      createEncoder,
      createRelay: (context) => (context.request.stream ? createEventRelay(context) : relayBytes()),
      replay: ({ bytes, mediaType }) => [{ type: "audio", bytes, mediaType }],
    },
  },
  upstream: {
    route: () => ({ method: "POST", path: "/audio/speech" }),
    passHeaders: ["openai-beta"],
    patchRequest: (_body, _request, { model }) => ({ set: { model }, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeStream,
    decodeError,
  },
});

function decodeRequest({ fields: body }: RequestInput): SpeechRequest {
  const input = need(body, "input", text);
  if (input.trim() === "") throw errors.REQUEST_INVALID("input", "has nothing to say");
  return defined({
    operation: "speech" as const,
    model: need(body, "model", text),
    stream: take(body, "stream_format", oneOf(["sse", "audio"])) === "sse",
    text: input,
    voice: voiceOf(body),
    format: take(body, "response_format", oneOf(audioFormats)),
    speed: take(body, "speed", amount),
    instructions: take(body, "instructions", text),
    origin: { dialect: id, rest: restOf(body), prefers: {} },
  });
}

/** A name, or the id of a voice of the customer's own. */
function voiceOf(body: JsonObject): string | undefined {
  const { voice } = body;
  if (voice === undefined || voice === null) return undefined;
  return typeof voice === "string" ? voice : need(as(voice, object, "voice"), "id", text, "voice.");
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.has(name)));
}

function encodeRequest(request: SpeechRequest, { model }: UpstreamTarget): EncodedOperation {
  const { stream, text: input, voice, format, speed, instructions, language, origin } = request;
  const own = origin.dialect === id;
  const body = defined({
    model,
    input,
    voice,
    instructions,
    response_format: format,
    speed,
    stream_format: stream ? "sse" : undefined,
    ...(own ? origin.rest : {}),
  });
  return { body, warnings: droppedFields(defined({ language, ...(own ? {} : origin.rest) }) as JsonObject) };
}

/** Sound is passed on as it comes, but for a vendor that sends it bare where events were asked for. */
function decodeResult(
  { json, bytes, mediaType }: ResultBody,
  { target, request }: ResultDecodeContext<"speech">,
): SpeechResult {
  if (request.stream && bytes.length > 0 && soundDecoder(mediaType, request) !== null) {
    return { model: null, mediaType, bytes, usage: spoken(request), warnings: [] };
  }
  const error = isObject(json) ? json["error"] : undefined;
  if (error !== undefined && error !== null) throw new AttemptError(decodeInBandError(error, target.quirks));
  throw new AttemptError({ class: "protocol", message: "the answer is no sound" });
}

function decodeStream(
  mediaType: string,
  { request }: ResultDecodeContext<"speech">,
  limits: FrameLimits,
): ResultDecoder<"speech"> | null {
  const isEvents = /^text\/event-stream\b/i.test(mediaType);
  if (isEvents) return createEventDecoder<"speech">(limits, (event) => decodeEvent(event, request));
  return request.stream ? null : soundDecoder(mediaType, request);
}

function decodeEvent(event: JsonObject, request: SpeechRequest): EventOf<"speech">[] {
  if (event["error"] !== undefined) return [{ type: "error", failure: decodeInBandError(event["error"], {}) }];
  if (event["type"] === "speech.audio.delta" && typeof event["audio"] === "string") {
    return [{ type: "audio", bytes: fromBase64(event["audio"]), mediaType: mediaTypeOf(request.format) }];
  }
  if (event["type"] !== "speech.audio.done") return [];
  const usage = isObject(event["usage"]) ? decodeUsage(event["usage"], {}) : spoken(request);
  return [{ type: "usage", usage }, { type: "end" }];
}

function createEncoder(context: ResultContext<"speech">): StreamWriter<EventOf<"speech">> {
  if (!context.request.stream) {
    const bytes = relayBytes();
    return { ...bytes, write: (event) => (event.type === "audio" ? event.bytes : "") };
  }
  let usage: Usage | null = null;
  const encode = (event: EventOf<"speech">) => {
    if (event.type === "usage") usage = event.usage;
    return event.type === "audio" ? { type: "speech.audio.delta", audio: toBase64(event.bytes) } : null;
  };
  return createEventEncoder(context, encode, () => ({
    type: "speech.audio.done",
    usage: usage === null ? null : encodeTokens(usage),
  }));
}

/** Bytes as they came. They have no place for a receipt and none for an error: then the connection is cut. */
function relayBytes(): StreamWriter<{ raw?: Uint8Array }> {
  return { write: ({ raw }) => raw ?? "", end: () => "", fail: () => "" };
}
