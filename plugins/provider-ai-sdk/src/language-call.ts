import { AttemptError, isObject, stringOf, TransportError } from "@sluice/core";
import type { Json, JsonObject, TransportResponse } from "@sluice/core";
import { sseEvent } from "@sluice/dialects";
import { respond, whole } from "./answer.ts";
import { toJson } from "./base64.ts";
import type { BridgeCall } from "./bridge-call.ts";
import type { AiSdkLanguageModel, UrlPatterns } from "./contract.ts";
import { failureOf, toThrownError } from "./thrown.ts";
import { versions, type ContractForm } from "./versions.ts";

/** A whole answer: `doGenerate`. */
export async function generate(model: AiSdkLanguageModel, call: BridgeCall): Promise<TransportResponse> {
  const form = versions[call.version];
  const { options, warnings } = await prepared(model, call, form);
  const result = form.result(await model.doGenerate(options));
  return whole({ ...result, warnings: [...warnings, ...arrayOf(result["warnings"])] });
}

/** A streamed answer: `doStream`, an event for each part, made when it is asked for. */
export async function stream(model: AiSdkLanguageModel, call: BridgeCall): Promise<TransportResponse> {
  const form = versions[call.version];
  const { options, warnings } = await prepared(model, call, form);
  const { stream: parts, response } = await model.doStream(options);
  return respond(
    200,
    response?.headers ?? {},
    events(parts, { form, warnings, signal: call.signal }),
    "text/event-stream",
  );
}

interface Streaming {
  form: ContractForm;
  warnings: readonly Json[];
  signal: AbortSignal;
}

async function* events(
  parts: ReadableStream<unknown>,
  { form, warnings, signal }: Streaming,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const reader = parts.getReader();
  // Also ends a read that waits for a package which passes over its signal.
  const leave = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", leave, { once: true });
  try {
    if (warnings.length > 0) yield encoder.encode(sseEvent(JSON.stringify({ type: "stream-start", warnings })));
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      yield encoder.encode(sseEvent(toText(form.part(read.value as Record<string, unknown>))));
    }
    if (signal.aborted) throw new TransportError("sent", "The call was cancelled.", signal.reason);
  } catch (thrown) {
    throw failureOf(thrown);
  } finally {
    signal.removeEventListener("abort", leave);
    // Whoever stops reading ends the vendor's work; an error here is one of a stream that nobody wants.
    leave();
  }
}

const plain = new Set(["text-delta", "reasoning-delta", "tool-input-delta"]);

function toText(part: Record<string, unknown>): string {
  if (plain.has(String(part["type"]))) return JSON.stringify(part);
  if (part["type"] === "error") return JSON.stringify({ type: "error", error: toThrownError(part["error"]) });
  return toJson(part);
}

async function prepared(model: AiSdkLanguageModel, call: BridgeCall, form: ContractForm) {
  await refuseForeignUrls(model, call.options);
  const { options, warnings } = form.options(call.options);
  return { options: { ...options, headers: call.headers, abortSignal: call.signal } as never, warnings };
}

/** A package that cannot hand on an address would fetch it, or send nothing: the gateway fetches no addresses of callers. */
async function refuseForeignUrls(model: AiSdkLanguageModel, options: JsonObject): Promise<void> {
  const media = [...mediaOf(options["prompt"] ?? null)];
  if (media.length === 0) return;
  const patterns = await model.supportedUrls;
  const foreign = media.find(({ url, mediaType }) => !isSupported(patterns, mediaType, url));
  if (foreign === undefined) return;
  const message = `${model.modelId} does not take ${foreign.mediaType} by this address; send the data itself.`;
  throw new AttemptError({ class: "invalid", message, param: "messages" });
}

/** Media by address, anywhere in a prompt. */
function* mediaOf(value: Json): Generator<{ url: string; mediaType: string }> {
  if (Array.isArray(value)) for (const item of value) yield* mediaOf(item);
  if (!isObject(value)) return;
  const { data, mediaType } = value;
  if (value["type"] === "file" && isObject(data) && data["type"] === "url") {
    yield { url: stringOf(data["url"]) ?? "", mediaType: stringOf(mediaType) ?? "" };
  }
  for (const name of ["content", "output", "value"]) yield* mediaOf(value[name] ?? null);
}

/** As the AI SDK itself reads the patterns: a type ends where its star begins, addresses are in lower case. */
function isSupported(patterns: UrlPatterns, mediaType: string, url: string): boolean {
  return Object.entries(patterns).some(([type, expressions]) => {
    const isType =
      type === "*" || type === "*/*" || mediaType.toLowerCase().startsWith(type.toLowerCase().replace(/\*.*$/, ""));
    return isType && expressions.some((expression) => new RegExp(expression).test(url.toLowerCase()));
  });
}

function arrayOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}
