import type { ClientDialect, Dialect, UpstreamDialect } from "@sluice/core";
import { decodeError, encodeError } from "../openai-chat/errors.ts";
import { encodeModel, encodeModels, modelOf } from "../openai-chat/models.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { ChatRelay } from "../openai-chat/relay.ts";
import { createSseReader } from "../sse.ts";
import { decoder, decodeReply } from "./decode-answer.ts";
import { decodeRequest, dialectId, requestFields } from "./decode-request.ts";
import { CompletionEncoder, encodeReply } from "./encode-answer.ts";
import { encodeRequest, expresses, patchRequest } from "./encode-request.ts";

const client: ClientDialect = {
  routes: [{ method: "POST", path: "/v1/completions", operation: "chat" }],
  fields: requestFields,
  fieldNames: { messages: "prompt" },
  decodeRequest,
  encodeReply,
  createEncoder: (context) => new CompletionEncoder(context),
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
  path: () => "/completions",
  passHeaders: ["openai-beta"],
  expresses,
  patchRequest,
  encodeRequest,
  decodeReply,
  createFrameReader: createSseReader,
  decoder,
  relayable: ({ done, usageAt, finishReasons, patchStream }) =>
    done !== "optional" && (usageAt?.length ?? 0) === 0 && finishReasons === undefined && patchStream !== true,
  decodeError,
};

/**
 * OpenAI's legacy completions: one text that is continued. A chat with one message, to everybody who speaks another dialect.
 *
 * <https://platform.openai.com/docs/api-reference/completions> (read 2026-11)
 */
export const openaiCompletions: Dialect = { id: dialectId, client, upstream };
