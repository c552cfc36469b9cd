import { defineDecoder } from "@sluice/core";
import type { Dialect, UpstreamDialect } from "@sluice/core";
import { decodeError } from "../errors.ts";
import { createFrameReader, namedFrame } from "../frames.ts";
import { decodeReply } from "./decode-reply.ts";
import { reducer } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";

/** What streams of this service are told by. */
export const eventStreamType = "application/vnd.amazon.eventstream";

/** One event may hold a whole picture: the most that this encoding allows. */
const largestEvent = 24 * 1024 * 1024;

const upstream: UpstreamDialect = {
  path: ({ model }, stream) => `/model/${encodeURIComponent(model)}/${stream ? "converse-stream" : "converse"}`,
  streamType: eventStreamType,
  passHeaders: [],
  // Nobody asks in this dialect, so there is no body to patch.
  patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
  encodeRequest,
  decodeReply,
  createFrameReader: ({ maxEventBytes }) =>
    createFrameReader({ maxEventBytes: Math.max(maxEventBytes, largestEvent) }, namedFrame),
  decoder: defineDecoder(reducer),
  relayable: () => false,
  decodeError,
};

/** Amazon Bedrock's Converse, for upstreams alone. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html (read 2026-11) */
export const bedrockConverse: Dialect = { id: "bedrock-converse", upstream };
