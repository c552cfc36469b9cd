import { arrayOf, isObject, stringOf } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { decodeMessage } from "./decode-message.ts";
import { callExtra, reasoningMembers } from "./encode-message.ts";
import type { MessageContext } from "./encode-message.ts";
import { onceEach } from "./encode-request.ts";
import { fitToVendor } from "./vendor.ts";

/** What must change in a client's own body: the model, and what the vendor's quirks and foreign state demand. */
export function patchRequest(body: JsonObject, _request: ChatRequest, target: UpstreamTarget): Patch {
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

function changed(before: JsonObject, after: JsonObject): Record<string, Json> {
  const set: Record<string, Json> = {};
  for (const [name, value] of Object.entries(after)) {
    if (value !== undefined && value !== before[name]) set[name] = value;
  }
  return set;
}

const carriers = [
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
  "provider_details",
] as const;

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
