import { defineDecoder, objectOf, parseJson, stringOf } from "@sluice/core";
import type { ChatRequest, Dialect, Json, StreamDecoder, UpstreamDialect, WireFrame } from "@sluice/core";
import { anthropic, sseEvent } from "@sluice/dialects";
import { decodeError, failureOf } from "./errors.ts";
import { eventStreamType } from "./converse/index.ts";
import { createFrameReader, cutFrame, exceptionFrame, namedFrame } from "./frames.ts";
import type { EventStreamMessage } from "./event-stream.ts";

const own = anthropic.upstream as UpstreamDialect;
const version = "bedrock-2023-05-31";

/** The path names the model and whether to stream; the body its version, and the beta features that are a header elsewhere. */
function members({ origin }: ChatRequest): Record<string, Json> {
  const betas = origin.dialect === "anthropic" ? origin.prefers["betas"] : undefined;
  return { anthropic_version: version, ...(Array.isArray(betas) ? { anthropic_beta: betas as string[] } : {}) };
}

const moved = ["model", "stream", "betas"];

/**
 * Anthropic's Messages through InvokeModel: the same bodies in the framing of AWS. Frames become the events that they carry,
 * so that whatever the model says reaches a caller of the same dialect untouched.
 *
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html (read 2026-11)
 */
export const anthropicInvoke: Dialect = {
  ...anthropic,
  upstream: {
    ...own,
    path: ({ model }, stream) =>
      `/model/${encodeURIComponent(model)}/${stream ? "invoke-with-response-stream" : "invoke"}`,
    headers: {},
    streamType: eventStreamType,
    passHeaders: [],
    patchRequest(body, request, target) {
      const { set, remove, warnings } = own.patchRequest(body, request, target);
      const kept = Object.entries(set).filter(([name]) => !moved.includes(name));
      const gone = moved.filter((name) => name in body && !remove.includes(name));
      return { set: { ...Object.fromEntries(kept), ...members(request) }, remove: [...remove, ...gone], warnings };
    },
    encodeRequest(request, target) {
      const { body, ...rest } = own.encodeRequest(request, target);
      const kept = Object.entries(body).filter(([name]) => !moved.includes(name));
      return { ...rest, body: { ...members(request), ...Object.fromEntries(kept) } };
    },
    createFrameReader: (limits) => createFrameReader(limits, sseFrame),
    decoder: defineDecoder(cuttable(own.decoder)),
    decodeError: (status, headers, body, quirks) =>
      headers.has("x-amzn-errortype")
        ? decodeError(status, headers, body, quirks)
        : own.decodeError(status, headers, body, quirks),
  },
};

/** A frame that was cut says nothing; the missing end of the message does. */
function cuttable(decoder: StreamDecoder<unknown>): StreamDecoder<unknown> {
  return {
    ...decoder,
    step: (state, frame) => (frame.event === cutFrame ? decoder.end(state) : decoder.step(state, frame)),
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function sseFrame(message: EventStreamMessage): WireFrame {
  const frame = namedFrame(message);
  const data = frame.event === exceptionFrame ? errorEvent(frame.data) : chunkOf(frame.data);
  const event = typeIn(data);
  return { raw: encoder.encode(sseEvent(data, event)), event: event ?? null, data };
}

/** The bytes of a chunk are the event of the model, in base64. */
function chunkOf(data: string): string {
  const bytes = stringOf(objectOf(parsed(data))?.["bytes"]);
  if (bytes === undefined) return data;
  try {
    return decoder.decode(Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)));
  } catch {
    return bytes;
  }
}

const errorTypes: Readonly<Record<string, string>> = {
  credential: "permission_error",
  invalid: "invalid_request_error",
  overloaded: "overloaded_error",
  rate: "rate_limit_error",
};

/** An exception of the service, as the dialect has errors. */
function errorEvent(data: string): string {
  const failure = failureOf(parsed(data), {});
  const type = errorTypes[failure.class] ?? "api_error";
  return JSON.stringify({ type: "error", error: { type, message: failure.message } });
}

function typeIn(data: string): string | undefined {
  return stringOf(objectOf(parsed(data))?.["type"]);
}

function parsed(data: string): unknown {
  try {
    return parseJson(data);
  } catch {
    return null;
  }
}
