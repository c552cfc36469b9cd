import { errorReport } from "@sluice/core";
import type { GatewayError, JsonObject, Receipt } from "@sluice/core";

// What vendors say is read in whatever shape it came, Cohere's among them.
export { decodeError } from "../openai-chat/errors.ts";

/** Cohere's error body is its message: <https://docs.cohere.com/reference/errors> (read 2026-11) */
export function encodeError(error: GatewayError, requestId: string, receipt: Receipt | null): JsonObject {
  return { id: requestId, message: error.message, sluice: errorReport(error, requestId, receipt) };
}
