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
import { decodeError, encodeError } from "../openai-chat/errors.ts";
import { openaiResponses } from "../openai-responses/index.ts";
import { countOf, only, readCount } from "./asking.ts";

const id = "openai-tokens";

/** What the endpoint takes of a Responses request. */
const counted = [
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "truncation",
  "conversation",
  "previous_response_id",
];

const { client, upstream } = openaiResponses as Required<typeof openaiResponses>;

/** OpenAI's count of a Responses request: <https://platform.openai.com/docs/api-reference/responses/input-tokens> (read 2026-11) */
export const openaiTokens = defineOperationDialect({
  id,
  operation: "token-count",
  client: {
    routes: [{ method: "POST", path: "/v1/responses/input_tokens", operation: "token-count" }],
    fields: client.fields,
    decodeRequest: ({ fields }: RequestInput, call: ClientCall) => countOf(id, client.decodeRequest(fields, call)),
    encodeResult: ({ inputTokens }) => ({ object: "response.input_tokens", input_tokens: inputTokens }),
    receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
    encodeError,
  },
  upstream: {
    route: () => ({ method: "POST", path: "/responses/input_tokens" }),
    passHeaders: ["openai-beta"],
    patchRequest,
    encodeRequest,
    decodeResult: (body) => readCount(body, "input_tokens"),
    decodeError,
  },
});

/** What the chat's own edits change of the members that are counted; a count has no others to add. */
function patchRequest(body: JsonObject, { chat }: TokenCountRequest, target: UpstreamTarget): Patch {
  const { set, remove, warnings } = upstream.patchRequest(body, chat, target);
  return { set: only(set, counted) as Patch["set"], remove, warnings };
}

function encodeRequest({ chat }: TokenCountRequest, target: UpstreamTarget): EncodedOperation {
  const { body, warnings } = upstream.encodeRequest(chat, target);
  return { body: only(body, counted), warnings };
}
