import { arrayOf, isObject, stringOf } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, MayHold, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { decodeMessage } from "./decode-message.ts";
import { callExtra, reasoningMembers } from "./encode-message.ts";
import type { MessageContext } from "./encode-message.ts";
import { onceEach } from "./encode-request.ts";
import { fitToVendor, usageOptions } from "./vendor.ts";

/** Fields of assistant messages that carry state. */
const carriers = [
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
  "provider_details",
] as const;

/** What must change in a client's own body: the model, and what the vendor's quirks and foreign state demand. */
export function patchRequest(
  body: JsonObject,
  _request: ChatRequest,
  target: UpstreamTarget,
  mayHold?: MayHold,
): Patch {
  if (mayHold && isPlain(body, target, mayHold)) return plainPatch(body, target);
  const warnings: Warning[] = [];
  const warn = onceEach(warnings);
  const messages = withOwnState(arrayOf(body.messages), {
    target,
    warn,
    wireName: (name) => name,
    cacheMarks: undefined,
    own: true,
  });
  const start = messages === null ? body : { ...body, messages };
  const fitted = fitToVendor(start, target, warn);
  return { set: changed(body, fitted), remove: Object.keys(body).filter((name) => !(name in fitted)), warnings };
}

const stateNames = [...carriers, "extra_content"] as const;

/** What `isPlain` looks for in messages. */
export const watched: readonly string[] = [...stateNames, "developer"];

/** Members that a vendor's quirks may say something about. */
const delicate = [
  "tools",
  "functions",
  "tool_choice",
  "response_format",
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "thinking_budget",
] as const;

/**
 * Whether nothing can have to change but the model and the wish for usage. Most requests are so, and their messages need
 * not be looked at: with 500 KB of pictures that is most of the cost.
 */
function isPlain(body: JsonObject, { quirks }: UpstreamTarget, mayHold: MayHold): boolean {
  if (quirks.toolIdPattern !== undefined || quirks.reasoningEcho === "always" || quirks.rename !== undefined)
    return false;
  if (delicate.some((name) => body[name] !== undefined)) return false;
  const other = quirks.maxTokensField === "max_completion_tokens" ? "max_tokens" : "max_completion_tokens";
  if (body[other] !== undefined || quirks.refuse?.some((name) => name in body || name === "stream_options"))
    return false;
  if (quirks.range && Object.keys(quirks.range).some((name) => name in body)) return false;
  if (quirks.developerRole !== "developer" && mayHold("messages", "developer")) return false;
  return !stateNames.some((name) => mayHold("messages", name));
}

function plainPatch(body: JsonObject, { model, quirks }: UpstreamTarget): Patch {
  const patch: Patch = { set: body.model === model ? {} : { model }, remove: [], warnings: [] };
  const options = usageOptions(body, quirks);
  if (options === undefined && "stream_options" in body) patch.remove.push("stream_options");
  if (options !== undefined && options !== body.stream_options) patch.set.stream_options = options;
  return patch;
}

function changed(before: JsonObject, after: JsonObject): Record<string, Json> {
  const set: Record<string, Json> = {};
  for (const [name, value] of Object.entries(after)) {
    if (value !== undefined && value !== before[name]) set[name] = value;
  }
  return set;
}

/** Assistant messages with state are told again for this vendor; null if there is none. */
function withOwnState(messages: readonly Json[], context: MessageContext): Json[] | null {
  const lastUser = messages.findLastIndex((message) => isObject(message) && message.role === "user");
  const echoes = context.target.quirks.reasoningEcho === "always";
  const told = messages.map((message, index) =>
    isObject(message) && message.role === "assistant" && (echoes || carriesState(message))
      ? retold(message, index, index > lastUser, context)
      : message,
  );
  return told.some((message, index) => message !== messages[index]) ? told : null;
}

function carriesState(message: JsonObject): boolean {
  return (
    carriers.some((name) => message[name] !== undefined) ||
    arrayOf(message.tool_calls).some((call) => isObject(call) && call.extra_content !== undefined)
  );
}

function retold(message: JsonObject, index: number, current: boolean, context: MessageContext): JsonObject {
  // A bare value came over the byte path, which leads back to where it came from.
  const { parts } = decodeMessage(message, index, new Map(), context.target.stateDomain);
  const kept = Object.entries(message).filter(([name]) => !(carriers as readonly string[]).includes(name));
  const calls = parts.filter((part) => part.type === "tool-call");
  const told: JsonObject = { ...Object.fromEntries(kept), ...reasoningMembers(parts, current, context) };
  // What the vendor wrote itself goes back as it came.
  if (told.reasoning_details !== undefined && !isSealed(message.reasoning_details)) {
    told.reasoning_details = message.reasoning_details;
  }
  for (const detail of arrayOf(message.provider_details)) warnOfDetail(detail, context);
  if (!Array.isArray(message.tool_calls)) return told;
  told.tool_calls = message.tool_calls.map((call, position) => {
    const decoded = calls[position];
    if (!isObject(call) || call.extra_content === undefined || !decoded) return call;
    const { extra_content: _, ...bare } = call;
    return { ...bare, ...callExtra(decoded, context) };
  });
  return told;
}

function isSealed(details: Json | undefined): boolean {
  return JSON.stringify(details ?? null).includes('"sl1.');
}

function warnOfDetail(detail: Json, { warn }: MessageContext): void {
  const format = isObject(detail) ? stringOf(detail.format) : undefined;
  const message = `What the vendor of ${format ?? "another dialect"} ran stays behind.`;
  warn({ code: "dropped_part", message, field: "messages" });
}
