import { defineDecoder, Watch } from "@sluice/core";
import type { ClientDialect, Dialect, FrameLimits, UpstreamDialect } from "@sluice/core";
import { decodeError, encodeError } from "../openai-chat/errors.ts";
import { encodeModel, encodeModels, modelOf } from "../openai-chat/models.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { createSseReader } from "../sse.ts";
import { decodeReply, tapReply } from "./decode-reply.ts";
import { decodeRequest, requestFields } from "./decode-request.ts";
import { responsesDecoder } from "./decode-stream.ts";
import { encodeReply } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { ResponseEncoder } from "./encode-stream.ts";
import { expresses } from "./expresses.ts";
import { patchRequest, watched } from "./patch-request.ts";
import { ResponseRelay } from "./relay.ts";

const client: ClientDialect = {
  routes: [{ method: "POST", path: "/v1/responses", operation: "chat" }],
  pluginRoutes: {
    plugin: "responses",
    routes: [
      "GET /v1/responses/:id",
      "DELETE /v1/responses/:id",
      "GET /v1/responses/:id/input_items",
      "POST /v1/responses/:id/cancel",
      "POST /v1/responses/compact",
    ],
  },
  fields: requestFields,
  fieldNames: {
    messages: "input",
    max_tokens: "max_output_tokens",
    response_format: "text.format",
    reasoning_effort: "reasoning.effort",
  },
  decodeRequest,
  watch: new Watch([...watched, "input_image", "input_audio", "input_file"]),
  marks: {
    vision: [["input", "input_image"]],
    audio: [["input", "input_audio"]],
    files: [["input", "input_file"]],
  },
  encodeReply,
  createEncoder: (context) => new ResponseEncoder(context),
  createRelay: (context) => new ResponseRelay(context),
  streamType: () => "text/event-stream; charset=utf-8",
  keepAlive: () => ": keep-alive\n\n",
  receiptMembers,
  encodeError,
  encodeModels,
  encodeModel,
  modelOf,
};

/** The terminal event repeats the whole answer. */
const largestEvent = 16 * 1024 * 1024;

const upstream: UpstreamDialect = {
  path: () => "/responses",
  passHeaders: ["openai-beta"],
  expresses,
  patchRequest,
  encodeRequest,
  decodeReply,
  tapReply,
  createFrameReader: ({ maxEventBytes }: FrameLimits) =>
    createSseReader({ maxEventBytes: Math.max(maxEventBytes, largestEvent) }),
  decoder: defineDecoder(responsesDecoder),
  relayable: ({ patchStream }) => patchStream !== true,
  decodeError,
};

/**
 * OpenAI's Responses API.
 *
 * <https://platform.openai.com/docs/api-reference/responses> (read 2026-11)
 */
export const openaiResponses: Dialect = { id: "openai-responses", client, upstream };
