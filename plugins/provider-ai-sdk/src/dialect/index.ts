import type { Dialect } from "@sluice/core";
import { createSseReader } from "@sluice/dialects";
import { decodeReply, decoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError } from "./failures.ts";

export const dialectId = "ai-sdk";

/**
 * The AI SDK's own calls as a wire: a request is the JSON of `LanguageModelV4CallOptions`, an answer that of a generate
 * result, a streamed one an event for each stream part. Nothing of it leaves the process: `transport.ts` is the other end.
 */
export const aiSdkDialect: Dialect = {
  id: dialectId,
  upstream: {
    path: ({ model }, stream) => `/language/${encodeURIComponent(model)}/${stream ? "stream" : "generate"}`,
    passHeaders: [],
    // No client speaks it, so there is never a body to be patched.
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeReply,
    createFrameReader: createSseReader,
    decoder,
    relayable: () => false,
    decodeError,
  },
};
