import { defineOperationDialect, receiptJson } from "@sluice/core";
import { decodeError, encodeError } from "../gemini/errors.ts";
import { routesFor } from "../gemini/routes.ts";
import { batchesOf } from "./batches.ts";
import { decodeRequest, dialectId, fields } from "./gemini-request.ts";
import { decodeResult, encodeRequest, encodeResult, patchRequest, route } from "./gemini-wire.ts";

/** Gemini's embeddings, one content or a batch: <https://ai.google.dev/api/embeddings> (read 2026-11) */
export const geminiEmbeddings = defineOperationDialect({
  id: dialectId,
  operation: "embeddings",
  client: {
    routes: routesFor(["embedContent", "batchEmbedContents"], "embeddings"),
    fields,
    decodeRequest,
    encodeResult,
    receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
    encodeError,
  },
  upstream: {
    route,
    passHeaders: ["x-goog-api-client"],
    patchRequest,
    encodeRequest,
    decodeResult,
    batch: batchesOf(100),
    decodeError,
  },
});
