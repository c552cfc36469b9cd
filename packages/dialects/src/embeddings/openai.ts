import { defineOperationDialect } from "@sluice/core";
import { decodeError, encodeError } from "../openai-chat/errors.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { batchesOf } from "./batches.ts";
import { decodeRequest, dialectId, fields } from "./openai-request.ts";
import { decodeResult, encodeRequest, encodeResult, isRelayable, patchRequest } from "./openai-wire.ts";

/**
 * OpenAI's embeddings, which most vendors speak with quirks of their own: Mistral, Voyage, Jina and every local server.
 *
 * <https://platform.openai.com/docs/api-reference/embeddings> (read 2026-11)
 */
export const openaiEmbeddings = defineOperationDialect({
  id: dialectId,
  operation: "embeddings",
  client: {
    routes: [{ method: "POST", path: "/v1/embeddings", operation: "embeddings" }],
    fields,
    decodeRequest,
    encodeResult,
    receiptMembers,
    encodeError,
  },
  upstream: {
    route: () => ({ method: "POST", path: "/embeddings" }),
    passHeaders: ["openai-beta"],
    patchRequest,
    encodeRequest,
    decodeResult,
    relayable: isRelayable,
    batch: batchesOf(2_048, 300_000),
    decodeError,
  },
});
