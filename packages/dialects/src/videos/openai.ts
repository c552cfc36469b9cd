import { defineOperationDialect } from "@sluice/core";
import type { ClientRoute } from "@sluice/core";
import { decodeError, encodeError } from "../openai-chat/errors.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { decodeContent } from "./content.ts";
import { decodeRequest, dialectId, fields } from "./openai-request.ts";
import {
  createBytesWriter,
  decodeResult,
  encodeRequest,
  encodeResult,
  patchRequest,
  patchResult,
  route,
} from "./openai-wire.ts";

/**
 * OpenAI's videos: jobs that are ordered, looked after and fetched.
 *
 * <https://platform.openai.com/docs/api-reference/videos> (read 2026-11)
 */
export const openaiVideos = defineOperationDialect({
  id: dialectId,
  operation: "videos",
  client: {
    routes: ["/v1/videos", "/v1/videos/generations"].flatMap(routesUnder),
    fields,
    bodies: ["json", "form"],
    decodeRequest,
    encodeResult,
    patchResult,
    receiptMembers,
    encodeError,
    stream: {
      type: (_request, upstream) => upstream,
      createEncoder: createBytesWriter,
      createRelay: () => ({ write: ({ raw }) => raw, end: () => "", fail: () => "" }),
      // What is asked for as it comes is content, which no whole answer holds.
      replay: () => [],
    },
  },
  upstream: {
    route,
    passHeaders: ["openai-beta"],
    patchRequest,
    encodeRequest,
    decodeResult,
    decodeStream: decodeContent,
    decodeError,
  },
});

function routesUnder(base: string): ClientRoute[] {
  const post = (path: string): ClientRoute => ({ method: "POST", path: base + path, operation: "videos" });
  const about = (method: "GET" | "DELETE", path: string): ClientRoute => ({
    method,
    path: base + path,
    operation: "videos",
  });
  const makes = [post(""), post("/edits"), post("/extensions"), post("/:id/remix")];
  return [...makes, about("GET", "/:id"), about("GET", "/:id/content"), about("DELETE", "/:id")];
}
