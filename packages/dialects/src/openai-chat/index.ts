import { defineDecoder, Watch } from "@sluice/core";
import type { ClientDialect, Dialect, Quirks, UpstreamDialect } from "@sluice/core";
import { createSseReader } from "../sse.ts";
import { decodeReply, tapReply } from "./decode-reply.ts";
import { decodeRequest, requestFields } from "./decode-request.ts";
import { chatDecoder } from "./decode-stream.ts";
import { encodeReply } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { ChatEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { expresses } from "./expresses.ts";
import { encodeModel, encodeModels, modelOf } from "./models.ts";
import { patchRequest, watched } from "./patch-request.ts";
import { receiptMembers } from "./receipt.ts";
import { ChatRelay } from "./relay.ts";

const client: ClientDialect = {
  routes: [
    { method: "POST", path: "/v1/chat/completions", operation: "chat" },
    { method: "GET", path: "/v1/models", operation: "models" },
    { method: "GET", path: "/v1/models/**", operation: "model" },
  ],
  fields: requestFields,
  decodeRequest,
  watch: new Watch([...watched, "image_url", "input_audio", "audio", "file"]),
  marks: {
    vision: [["messages", "image_url"]],
    audio: [
      ["messages", "input_audio"],
      ["messages", "audio"],
    ],
    files: [["messages", "file"]],
  },
  encodeReply,
  createEncoder: (context) => new ChatEncoder(context),
  createRelay: (context) => new ChatRelay(context),
  streamType: () => "text/event-stream; charset=utf-8",
  keepAlive: () => ": keep-alive\n\n",
  receiptMembers,
  encodeError,
  encodeModels,
  encodeModel,
  modelOf,
};

const upstream: UpstreamDialect = {
  path: () => "/chat/completions",
  passHeaders: ["openai-beta"],
  expresses,
  patchRequest,
  encodeRequest,
  decodeReply,
  tapReply,
  createFrameReader: createSseReader,
  decoder: defineDecoder(chatDecoder),
  relayable,
  decodeError,
};

/** OpenAI's Chat Completions, which most vendors speak with quirks of their own. */
export const openaiChat: Dialect = { id: "openai-chat", client, upstream };

/** Quirks of the stream mean that chunks must be read and written anew. */
function relayable(quirks: Quirks): boolean {
  const reasons = [
    quirks.done === "optional",
    (quirks.usageAt?.length ?? 0) > 0,
    quirks.reasoningTokens === "outside",
    quirks.reasoningField !== undefined && quirks.reasoningField !== "reasoning_content",
    quirks.thinkTags === true,
    quirks.finishReasons !== undefined,
    quirks.patchStream === true,
  ];
  return !reasons.includes(true);
}
