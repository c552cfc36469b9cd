import { isObject, objectOf, stringOf, type JsonObject } from "@sluice/core";
import { createSseReader } from "@sluice/dialects";
import type { Front, FrontAnswer, FrontCall } from "@sluice/testkit";
import { eventsOf, messagesOf, replyOf, ValidationError } from "./_converse.ts";
import { chunkOf, eventOf, exceptionOf } from "./_frames.ts";
import { signatureProblem } from "./_signature.ts";

/** AWS keys that the front knows, by id. */
export const awsSecrets = { AKIDTEST0000000000: "kEEp/Th1s+s3cret00000000000000000000000" };
export const sessionToken = "IQoJb3JpZ2luX2VjEXAMPLE//token==";

/** Bedrock as its documents have it, in front of a model that speaks Anthropic's Messages. */
export const bedrockFront: Front = async (call, ask) => {
  if (call.url === "/anthropic/v1/messages") return messagesApi(call, ask);
  const { model, action } = targetOf(call);
  if (model === null || action === null) return refusal(404, "UnknownOperationException", `no ${call.url}`);
  const key = credentialOf(call);
  if ("problem" in key) return refusal(403, key.problem, "The request could not be authenticated.");
  const isConverse = action.startsWith("converse");
  const streams = action.endsWith("stream");
  try {
    const body = JSON.parse(call.body.toString()) as JsonObject;
    const { betas = [], ...wanted } = isConverse ? messagesOf(body) : invoked(body);
    const response = await ask("/v1/messages", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": key.key,
        ...((betas as string[]).length > 0 ? { "anthropic-beta": (betas as string[]).join(",") } : {}),
      },
      body: JSON.stringify({
        ...wanted,
        model: model.replace(/^.*anthropic\./, ""),
        ...(streams ? { stream: true } : {}),
      }),
    });
    return response.ok ? await answerOf(response, isConverse) : await refusalOf(response);
  } catch (error) {
    if (error instanceof ValidationError || error instanceof SyntaxError)
      return refusal(400, "ValidationException", error.message);
    throw error;
  }
};

/** The Messages API is Anthropic's own, but for who asks. */
const messagesApi: Front = async (call, ask) => {
  const key = credentialOf(call);
  if ("problem" in key) return refusal(403, key.problem, "The request could not be authenticated.");
  const body = JSON.parse(call.body.toString()) as JsonObject;
  const model = (stringOf(body["model"]) ?? "").replace(/^.*anthropic\./, "");
  const response = await ask("/v1/messages", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": call.headers["anthropic-version"] ?? "",
      "x-api-key": key.key,
    },
    body: JSON.stringify({ ...body, model }),
  });
  const headers = { "content-type": response.headers.get("content-type") ?? "" };
  return {
    status: response.status,
    headers,
    body: (response.body as unknown as AsyncIterable<Uint8Array> | null) ?? "",
  };
};

function targetOf({ url }: FrontCall): { model: string | null; action: string | null } {
  const [, model, action] =
    /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream|converse|converse-stream)$/.exec(url) ?? [];
  // A colon that is not encoded would be another path to whoever signs.
  if (model === undefined || action === undefined || model.includes(":")) return { model: null, action: null };
  return { model: decodeURIComponent(model), action };
}

function credentialOf(call: FrontCall): { key: string } | { problem: string } {
  const [, bearer] = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "") ?? [];
  if (bearer !== undefined) return { key: bearer };
  const problem = signatureProblem(call, awsSecrets);
  if (problem !== null) return { problem };
  return { key: "signed" };
}

function invoked({ anthropic_version, anthropic_beta, ...body }: JsonObject): JsonObject {
  if (anthropic_version !== "bedrock-2023-05-31") throw new ValidationError("anthropic_version: is required");
  const odd = ["model", "stream"].find((name) => name in body);
  if (odd !== undefined) throw new ValidationError(`${odd}: Extra inputs are not permitted`);
  return { ...body, ...(anthropic_beta === undefined ? {} : { betas: anthropic_beta }) };
}

async function answerOf(response: Response, isConverse: boolean): Promise<FrontAnswer> {
  const type = response.headers.get("content-type") ?? "";
  const headers = { "content-type": "application/json", "x-amzn-requestid": "11111111-2222-3333-4444-555555555555" };
  if (type.startsWith("text/event-stream")) {
    const body = inPieces(framesOf(response, isConverse));
    return { status: 200, headers: { ...headers, "content-type": "application/vnd.amazon.eventstream" }, body };
  }
  const text = await response.text();
  const message = parsed(text);
  const converted = isConverse && message?.["type"] === "message" ? JSON.stringify(replyOf(message)) : text;
  return { status: 200, headers: { ...headers, "content-type": type }, body: converted };
}

async function* framesOf(response: Response, isConverse: boolean): AsyncGenerator<Buffer> {
  const reader = createSseReader({ maxEventBytes: 1 << 20 });
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const { data, event } of reader.push(piece)) {
      if (data !== "") yield* frameOf(data, event, isConverse);
    }
  }
}

function* frameOf(data: string, event: string | null, isConverse: boolean): Generator<Buffer> {
  const said = parsed(data);
  if (event === "error")
    yield exceptionOf("modelStreamErrorException", stringOf(objectOf(said?.["error"])?.["message"]) ?? "");
  else if (!isConverse) yield chunkOf(data);
  else if (said === null) yield eventOf("contentBlockDelta", data);
  else for (const [type, body] of eventsOf(said)) yield eventOf(type, body);
}

/** Frames come in any pieces: never where they end. */
async function* inPieces(frames: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const frame of frames) {
    const at = Math.floor(frame.length / 2);
    yield frame.subarray(0, at);
    yield frame.subarray(at);
  }
}

async function refusalOf(response: Response): Promise<FrontAnswer> {
  const text = await response.text();
  const error = parsed(text)?.["error"];
  if (!isObject(error)) return { status: response.status, headers: { "content-type": "text/html" }, body: text };
  const names: Record<number, string> = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
  };
  return refusal(
    response.status,
    names[response.status] ?? "InternalServerException",
    stringOf(error["message"]) ?? "",
  );
}

function refusal(status: number, type: string, message: string): FrontAnswer {
  const headers = {
    "content-type": "application/json",
    "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/`,
  };
  return { status, headers, body: JSON.stringify({ message }) };
}

function parsed(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
