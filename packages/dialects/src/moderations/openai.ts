import { AttemptError, defineOperationDialect, errors, isObject, objectOf, stringOf, usageWith } from "@sluice/core";
import type {
  EncodedOperation,
  Json,
  JsonObject,
  Judgement,
  MediaSource,
  ModerationInput,
  ModerationsRequest,
  ModerationsResult,
  RequestInput,
  ResultBody,
  ResultContext,
  ResultDecodeContext,
  UpstreamTarget,
} from "@sluice/core";
import { decodeError, decodeInBandError, encodeError } from "../openai-chat/errors.ts";
import { as, list, need, object, take, text } from "../fields.ts";
import { receiptMembers } from "../openai-chat/receipt.ts";
import { parseDataUrl, toDataUrl } from "../media.ts";
import { defined } from "../members.ts";

const id = "openai-moderations";

/** OpenAI's moderations: <https://platform.openai.com/docs/api-reference/moderations> (read 2026-11) */
export const openaiModerations = defineOperationDialect({
  id,
  operation: "moderations",
  client: {
    routes: [{ method: "POST", path: "/v1/moderations", operation: "moderations" }],
    fields: new Set(["model", "input"]),
    decodeRequest,
    encodeResult,
    receiptMembers,
    encodeError,
  },
  upstream: {
    route: () => ({ method: "POST", path: "/moderations" }),
    passHeaders: ["openai-beta"],
    patchRequest: (_body, _request, { model }) => ({ set: { model }, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult,
    decodeError,
  },
});

/** What OpenAI takes where a client names none, as many do. */
const defaultModel = "omni-moderation-latest";

function decodeRequest({ fields: body }: RequestInput): ModerationsRequest {
  const { model: _, input, ...rest } = body;
  const model = take(body, "model", text) ?? defaultModel;
  return {
    operation: "moderations",
    model,
    stream: false,
    inputs: decodeInputs(input),
    origin: { dialect: id, rest, prefers: {} },
  };
}

/** A string, strings, or the parts of one message. */
function decodeInputs(input: Json | undefined): ModerationInput[] {
  if (typeof input === "string") return [{ type: "text", text: input }];
  const items = as(input, list, "input");
  if (items.length === 0) throw errors.REQUEST_INVALID("input", "has nothing to judge");
  if (typeof items[0] === "string") {
    return items.map((item, index) => ({ type: "text", text: as(item, text, `input[${index}]`) }));
  }
  return [{ type: "parts", parts: items.map((item, index) => decodePart(as(item, object, `input[${index}]`), index)) }];
}

function decodePart(part: JsonObject, index: number): Extract<ModerationInput, { type: "parts" }>["parts"][number] {
  const at = `input[${index}].`;
  const type = need(part, "type", text, at);
  if (type === "text") return { type: "text", text: need(part, "text", text, at) };
  if (type !== "image_url") throw errors.REQUEST_INVALID(`${at}type`, "must be text or image_url");
  const url = need(need(part, "image_url", object, at), "url", text, `${at}image_url.`);
  const inline = parseDataUrl(url);
  return { type: "image", source: inline ? { kind: "data", ...inline } : { kind: "url", url } };
}

function encodeRequest({ inputs, origin }: ModerationsRequest, { model }: UpstreamTarget): EncodedOperation {
  const [first] = inputs;
  const body: JsonObject = {
    model,
    input:
      first?.type === "parts"
        ? first.parts.map((part) =>
            part.type === "text"
              ? { type: "text", text: part.text }
              : { type: "image_url", image_url: { url: urlOf(part.source, model) } },
          )
        : inputs.map((input) => (input.type === "text" ? input.text : "")),
    ...(origin.dialect === id ? origin.rest : {}),
  };
  return { body, warnings: [] };
}

function urlOf(source: MediaSource, model: string): string {
  if (source.kind === "url") return source.url;
  if (source.kind === "data") return toDataUrl(source);
  throw errors.REQUEST_UNSUPPORTED("input", model);
}

function decodeResult(
  { json }: ResultBody,
  { request, target }: ResultDecodeContext<"moderations">,
): ModerationsResult {
  if (isObject(json) && json["error"] !== undefined && json["error"] !== null) {
    throw new AttemptError(decodeInBandError(json["error"], target.quirks));
  }
  const results = isObject(json) ? json["results"] : undefined;
  if (!isObject(json) || !Array.isArray(results) || !results.every(isObject)) {
    throw new AttemptError({ class: "protocol", message: "the answer has no results" });
  }
  if (results.length !== request.inputs.length) {
    const message = `the answer has ${results.length} results for ${request.inputs.length} inputs`;
    throw new AttemptError({ class: "protocol", message });
  }
  return {
    id: stringOf(json["id"]) ?? null,
    model: stringOf(json["model"]) ?? null,
    judgements: results.map(decodeJudgement),
    usage: decodeUsage(objectOf(json["usage"])),
    warnings: [],
  };
}

/** OpenAI judges free of charge and counts nothing; others count tokens. */
function decodeUsage(raw: JsonObject | undefined) {
  const tokens = raw?.["prompt_tokens"] ?? raw?.["total_tokens"];
  return usageWith({
    inputTokens: typeof tokens === "number" ? tokens : null,
    outputTokens: 0,
    ...(raw ? { raw } : {}),
  });
}

// Anything but a clear "no" counts as flagged: a judgement that cannot be read must not let something pass.
function decodeJudgement(result: JsonObject): Judgement {
  const { flagged, categories, category_scores, category_applied_input_types, ...rest } = result;
  const told = objectOf(categories) ?? {};
  return defined({
    flagged: typeof flagged === "boolean" ? flagged : Object.values(told).some((value) => value !== false),
    categories: told as Record<string, boolean>,
    scores: (objectOf(category_scores) ?? {}) as Record<string, number>,
    appliedTo: objectOf(category_applied_input_types) as Record<string, string[]> | undefined,
    rest,
  });
}

function encodeResult(result: ModerationsResult, { requestId, model }: ResultContext<"moderations">): JsonObject {
  return {
    id: result.id ?? requestId.replace(/^req_/, "modr-"),
    model: result.model ?? model,
    results: result.judgements.map(({ flagged, categories, scores, appliedTo, rest }) =>
      defined({
        flagged,
        categories,
        category_scores: scores,
        category_applied_input_types: appliedTo,
        ...rest,
      }),
    ),
  };
}
