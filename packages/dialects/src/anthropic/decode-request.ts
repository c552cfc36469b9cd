import { defineLate, errors, isLate, isObject } from "@sluice/core";
import type { ChatRequest, ClientCall, JsonObject } from "@sluice/core";
import { decodeMessages, decodeSystem } from "./decode-content.ts";
import { flag, list, need, object, take, text } from "../fields.ts";
import { defined } from "../members.ts";
import { decodeOutput, restOfOutputConfig } from "./output.ts";
import { decodeSampling } from "./sampling.ts";
import { decodeThinkingWish, isKnownThinking } from "./thinking.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";

/** Top-level fields with a canonical meaning. */
const carried = new Set([
  "model",
  "messages",
  "system",
  "stream",
  "max_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "metadata",
  "service_tier",
]);

/** Every top-level field that this dialect knows. */
export const fields: ReadonlySet<string> = new Set([
  ...carried,
  "betas",
  "cache_control",
  "container",
  "context_management",
  "diagnostics",
  "fallbacks",
  "inference_geo",
  "mcp_servers",
  "speed",
]);

/** Reads a Messages request. `max_tokens` may be missing: the target's own maximum stands in. */
export function decodeRequest(body: JsonObject, call: ClientCall): ChatRequest {
  const model = need(body, "model", text);
  if (model === "") throw errors.REQUEST_INVALID("model", "must not be empty");
  const request = defined<Omit<ChatRequest, "messages">>({
    operation: "chat",
    model,
    stream: take(body, "stream", flag) ?? false,
    ...decodeTools(body),
    ...decodeToolChoice(body),
    output: decodeOutput(body),
    sampling: decodeSampling(body),
    reasoning: decodeThinkingWish(body),
    ...decodeMetadata(body),
    serviceTier: take(body, "service_tier", text),
    nativeField: nativeFieldOf(body),
    origin: { dialect: "anthropic", rest: restOf(body), prefers: betasOf(call) },
  });
  // A history that nobody has parsed yet is decoded for whoever asks for it: on the byte path, for nobody.
  if (isLate(body, "messages")) {
    defineLate(request, "messages", () => messagesOf(body));
    return request as ChatRequest;
  }
  return Object.assign(request, { messages: messagesOf(body) });
}

function messagesOf(body: JsonObject): ChatRequest["messages"] {
  return [...decodeSystem(body), ...decodeMessages(need(body, "messages", list))];
}

/** What only this dialect's vendors can honour: servers that they call, and containers with skills. */
function nativeFieldOf(body: JsonObject): string | undefined {
  const servers = take(body, "mcp_servers", list);
  if (servers !== undefined && servers.length > 0) return "mcp_servers";
  return isObject(body["container"]) ? "container" : undefined;
}

function decodeMetadata(body: JsonObject): Pick<ChatRequest, "user" | "metadata"> {
  const metadata = take(body, "metadata", object);
  if (metadata === undefined) return {};
  const others = Object.entries(metadata).filter(
    (entry): entry is [string, string] => entry[0] !== "user_id" && typeof entry[1] === "string",
  );
  return defined({
    user: take(metadata, "user_id", text, "metadata."),
    metadata: others.length > 0 ? Object.fromEntries(others) : undefined,
  });
}

function restOf(body: JsonObject): JsonObject {
  const rest = Object.fromEntries(
    Object.keys(body).flatMap((name) => (carried.has(name) ? [] : [[name, body[name]] as const])),
  );
  const outputConfig = restOfOutputConfig(body);
  return defined({
    ...rest,
    thinking: body["thinking"] && !isKnownThinking(body) ? body["thinking"] : undefined,
    output_config: outputConfig,
  });
}

/** Where this dialect is spoken without headers of its own, the beta features are part of the body. */
function betasOf({ headers }: ClientCall): { betas?: string[] } {
  const named = headers.get("anthropic-beta")?.split(",") ?? [];
  const betas = named.map((beta) => beta.trim()).filter((beta) => beta !== "");
  return betas.length > 0 ? { betas } : {};
}
