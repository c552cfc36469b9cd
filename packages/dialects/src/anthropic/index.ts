import { receiptJson, Watch } from "@sluice/core";
import type { ClientDialect, Dialect, UpstreamDialect } from "@sluice/core";
import { createSseReader, sseEvent } from "../sse.ts";
import { decodeReply, tapReply } from "./decode-reply.ts";
import { decodeRequest, fields } from "./decode-request.ts";
import { decoder } from "./decode-stream.ts";
import { encodeReply } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { createEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { encodeModel, encodeModels, modelOf } from "./models.ts";
import { patchRequest, watched } from "./patch-request.ts";
import { createRelay } from "./relay.ts";
import { routes } from "./routes.ts";

const client: ClientDialect = {
  routes,
  fields,
  decodeRequest,
  watch: new Watch([...watched, "image", "document"]),
  marks: {
    vision: [
      ["messages", "image"],
      ["system", "image"],
    ],
    audio: [],
    files: [
      ["messages", "document"],
      ["system", "document"],
    ],
  },
  encodeReply,
  createEncoder,
  createRelay,
  streamType: () => "text/event-stream; charset=utf-8",
  keepAlive: () => sseEvent('{"type":"ping"}', "ping"),
  receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
  encodeError,
  encodeModels,
  encodeModel,
  modelOf,
};

const upstream: UpstreamDialect = {
  path: () => "/messages",
  headers: { "anthropic-version": "2023-06-01" },
  passHeaders: ["anthropic-version", "anthropic-beta"],
  patchRequest,
  encodeRequest,
  decodeReply,
  tapReply,
  createFrameReader: createSseReader,
  decoder,
  relayable: (quirks) => !quirks.patchStream && quirks.finishReasons === undefined,
  decodeError,
};

/**
 * Anthropic's Messages API.
 *
 * The base URL of an upstream ends with its version: `https://api.anthropic.com/v1`. <https://platform.claude.com/docs/en/api> (read 2026-08)
 */
export const anthropic: Dialect = { id: "anthropic", client, upstream };
