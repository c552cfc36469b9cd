import { defineOperationDialect, isObject, receiptJson } from "@sluice/core";
import type {
  ClientCall,
  EncodedOperation,
  Json,
  JsonObject,
  Patch,
  RequestInput,
  TokenCountRequest,
  UpstreamTarget,
} from "@sluice/core";
import { decodeRequest as decodeChat, fields } from "../gemini/decode-request.ts";
import { encodeRequest as encodeChat } from "../gemini/encode-request.ts";
import { decodeError, encodeError } from "../gemini/errors.ts";
import { patchRequest as patchChat } from "../gemini/patch-request.ts";
import { resourceOf, routesFor } from "../gemini/routes.ts";
import { countOf, readCount } from "./asking.ts";

const id = "gemini-tokens";

/** Gemini's count of contents, or of a whole request: <https://ai.google.dev/api/tokens> (read 2026-11) */
export const geminiTokens = defineOperationDialect({
  id,
  operation: "token-count",
  client: {
    routes: routesFor(["countTokens"], "token-count"),
    fields: new Set([...fields, "generateContentRequest", "generate_content_request"]),
    decodeRequest,
    encodeResult: ({ inputTokens, cachedTokens }) => ({
      totalTokens: inputTokens,
      ...(cachedTokens === undefined ? {} : { cachedContentTokenCount: cachedTokens }),
    }),
    receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
    encodeError,
  },
  upstream: {
    route: (_request, { model }) => ({ method: "POST", path: `/${resourceOf(model)}:countTokens` }),
    passHeaders: ["x-goog-api-client"],
    patchRequest,
    encodeRequest,
    decodeResult: (body) => readCount(body, "totalTokens", "cachedContentTokenCount"),
    decodeError,
  },
});

const wholes = ["generateContentRequest", "generate_content_request"];

function decodeRequest({ fields: body }: RequestInput, call: ClientCall): TokenCountRequest {
  const whole = wholes.find((name) => isObject(body[name]));
  const inner = whole === undefined ? body : (body[whole] as JsonObject);
  // The chat's own decoder reads the model from the path of a chat.
  const rawPath = call.rawPath.replace(/(:|%3A)countTokens$/i, ":generateContent");
  return countOf(id, decodeChat(inner, { ...call, rawPath }), { whole });
}

function patchRequest(body: JsonObject, { chat, origin }: TokenCountRequest, target: UpstreamTarget): Patch {
  const { whole } = origin.prefers;
  if (typeof whole !== "string") return patchChat(body, chat, target);
  const inner = body[whole] as JsonObject;
  const { set, remove, warnings } = patchChat(inner, chat, target);
  const kept = Object.entries(inner).filter(([name]) => !remove.includes(name));
  const changed = { ...Object.fromEntries(kept), ...set, model: resourceOf(target.model) } as Json;
  return { set: { [whole]: changed }, remove: [], warnings };
}

/** Contents alone where they are all there is, else the whole request, which the vendor wants under a name of its own. */
function encodeRequest({ chat }: TokenCountRequest, target: UpstreamTarget): EncodedOperation {
  const { body, warnings } = encodeChat({ ...chat, sampling: {} }, target);
  const { contents, systemInstruction, tools, toolConfig, cachedContent } = body;
  const others = { systemInstruction, tools, toolConfig, cachedContent };
  const told = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)) as JsonObject;
  if (Object.keys(told).length === 0) return { body: { contents }, warnings };
  const model = resourceOf(target.model);
  return { body: { generateContentRequest: { model, contents, ...told } }, warnings };
}
