import { isObject, numberOf, objectOf, parseJson, stringOf } from "@sluice/core";
import type { Failure, JsonObject, Quirks } from "@sluice/core";
import { openaiChat } from "@sluice/dialects";

/** What a package threw, as data. `status`, `headers` and `body` are those of the vendor's answer, where there was one. */
export interface ThrownError {
  /** The name of its class: `AI_APICallError`, … */
  name: string;
  message: string;
  status?: number;
  /** Whether the package thinks that the same call can succeed later. */
  retryable?: boolean;
  headers?: Record<string, string>;
  /** The vendor's own error body. */
  body?: string;
}

/** Reads an error answer. `body` is `{ error: ThrownError }`, as the transport writes it. */
export function decodeError(
  status: number,
  headers: ReadonlyMap<string, string>,
  body: unknown,
  quirks: Quirks,
): Failure {
  const error = isObject(body) ? (objectOf(body["error"]) ?? {}) : {};
  const message = stringOf(error["message"]) ?? "";
  const name = stringOf(error["name"]) ?? "";
  const own = byName[name];
  // What could not be read stands in these messages, and answers are nothing for a log.
  if (own?.class === "protocol") return { ...own, message: `The package could not read its vendor's answer: ${name}.` };
  if (own !== undefined) return { ...own, message };
  return refined(read(status, headers, error, quirks), error);
}

/** The failure of an error inside an answer that had begun. */
export function failureInStream(error: JsonObject, quirks: Quirks): Failure {
  return decodeError(numberOf(error["status"]) ?? 0, new Map(), { error }, quirks);
}

/** What a vendor says has that vendor's shape, whichever it is. The reader of the widest dialect knows them all. */
function read(status: number, headers: ReadonlyMap<string, string>, error: JsonObject, quirks: Quirks): Failure {
  const failure = openaiChat.upstream?.decodeError(status, headers, vendorBody(error), quirks);
  return failure ?? { class: "protocol", message: "" };
}

/** The vendor's own body where there is one, else what the package says of it. */
function vendorBody(error: JsonObject): unknown {
  const body = stringOf(error["body"]);
  if (body === undefined || body === "") return { error: { message: error["message"] } };
  try {
    return parseJson(body);
  } catch {
    return body;
  }
}

const tooLong =
  /(?:prompt|input) is too long|context (?:length|window|limit)|maximum context|too many (?:input )?tokens/i;

function refined(failure: Failure, error: JsonObject): Failure {
  const said = stringOf(error["message"]);
  const isMute = /^(?:HTTP \d+|an empty body|)$/.test(failure.message);
  const message = isMute && said ? said : failure.message;
  if (failure.class !== "invalid" || failure.kind !== undefined) return { ...failure, message };
  if (tooLong.test(message)) return { ...failure, message, kind: "context_length" };
  // Bedrock tells of a model that broke with status 424, which is no fault of the request.
  return { ...failure, message, class: error["retryable"] === true ? "server" : "invalid" };
}

/** Errors that no vendor has sent: the package saw them before the call, or in an answer that it could not read. */
const byName: Readonly<Record<string, Pick<Failure, "class" | "kind"> | undefined>> = {
  AI_InvalidArgumentError: { class: "invalid" },
  AI_InvalidPromptError: { class: "invalid" },
  AI_UnsupportedFunctionalityError: { class: "invalid" },
  AI_TooManyEmbeddingValuesForCallError: { class: "invalid" },
  AI_NoSuchProviderReferenceError: { class: "invalid" },
  AI_NoSuchProviderError: { class: "invalid", kind: "model_not_found" },
  AI_NoSuchModelError: { class: "invalid", kind: "model_not_found" },
  AI_LoadAPIKeyError: { class: "credential" },
  AI_LoadSettingError: { class: "credential" },
  AI_EmptyResponseBodyError: { class: "protocol" },
  AI_InvalidResponseDataError: { class: "protocol" },
  AI_JSONParseError: { class: "protocol" },
  AI_NoContentGeneratedError: { class: "protocol" },
  AI_TypeValidationError: { class: "protocol" },
};
