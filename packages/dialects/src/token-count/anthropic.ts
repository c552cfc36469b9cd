import { defineOperationDialect, receiptJson } from "@sluice/core";
import type {
  ClientCall,
  EncodedOperation,
  JsonObject,
  Patch,
  RequestInput,
  TokenCountRequest,
  UpstreamTarget,
} from "@sluice/core";
import { decodeRequest as decodeChat, fields } from "../anthropic/decode-request.ts";
import { encodeRequest as encodeChat } from "../anthropic/encode-request.ts";
import { decodeError, encodeError } from "../anthropic/errors.ts";
import { patchRequest as patchChat } from "../anthropic/patch-request.ts";
import { countOf, only, readCount } from "./asking.ts";

const id = "anthropic-tokens";

/** What the endpoint takes of a Messages request. */
const counted = [
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "mcp_servers",
  "context_management",
  "speed",
];

/** Anthropic's count of a Messages request: <https://platform.claude.com/docs/en/api/messages-count-tokens> (read 2026-11) */
export const anthropicTokens = defineOperationDialect({
  id,
  operation: "token-count",
  client: {
    routes: [
      { method: "POST", path: "/v1/messages/count_tokens", operation: "token-count" },
      { method: "POST", path: "/claude/v1/messages/count_tokens", operation: "token-count" },
    ],
    fields,
    decodeRequest: ({ fields: body }: RequestInput, call: ClientCall) => countOf(id, decodeChat(body, call)),
    encodeResult: ({ inputTokens }) => ({ input_tokens: inputTokens }),
    receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
    encodeError,
  },
  upstream: {
    route: () => ({ method: "POST", path: "/messages/count_tokens" }),
    headers: { "anthropic-version": "2023-06-01" },
    passHeaders: ["anthropic-version", "anthropic-beta"],
    patchRequest,
    encodeRequest,
    decodeResult: (body) => readCount(body, "input_tokens"),
    decodeError,
  },
});

function patchRequest(body: JsonObject, { chat }: TokenCountRequest, target: UpstreamTarget): Patch {
  const { set, remove, warnings } = patchChat(body, chat, target);
  const { max_tokens: _, ...kept } = set;
  return { set: kept, remove, warnings };
}

function encodeRequest({ chat }: TokenCountRequest, target: UpstreamTarget): EncodedOperation {
  const { body, warnings } = encodeChat(chat, target);
  return { body: only(body, counted), warnings };
}
