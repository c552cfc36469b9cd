import { defineOperationDialect } from "@sluice/core";
import { decodeError, encodeError } from "../openai-chat/errors.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { createEventRelay } from "../result-events.ts";
import { createEncoder, decodeStream, replay } from "./image-events.ts";
import { decodeRequest, dialectId, fields } from "./image-request.ts";
import { decodeResult, encodeRequest, encodeResult, patchRequest } from "./image-wire.ts";

const paths = { generate: "/images/generations", edit: "/images/edits", vary: "/images/variations" } as const;

/** OpenAI's pictures: made, changed, varied. <https://platform.openai.com/docs/api-reference/images> (read 2026-11) */
export const openaiImages = defineOperationDialect({
  id: dialectId,
  operation: "images",
  client: {
    routes: Object.values(paths).map((path) => ({
      method: "POST" as const,
      path: `/v1${path}`,
      operation: "images" as const,
    })),
    fields,
    bodies: ["json", "form"],
    decodeRequest,
    encodeResult,
    receiptMembers,
    encodeError,
    stream: { type: () => "text/event-stream; charset=utf-8", createEncoder, createRelay: createEventRelay, replay },
  },
  upstream: {
    route: ({ action }) => ({ method: "POST", path: paths[action] }),
    passHeaders: ["openai-beta"],
    patchRequest,
    encodeRequest,
    decodeResult,
    decodeStream,
    decodeError,
  },
});
