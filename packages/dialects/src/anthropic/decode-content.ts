import { errors, isObject } from "@sluice/core";
import type { Json, JsonObject, Message, Part, TextPart, ToolCallPart, ToolResultPart, WithRest } from "@sluice/core";
import { adoptCallStates } from "../call-states.ts";
import { adoptProviderParts } from "../provider-carriers.ts";
import { restOf } from "../rest.ts";
import { cacheMark } from "./cache.ts";
import { decodeCitation } from "./citations.ts";
import { as, flag, list, need, object, take, text } from "../fields.ts";
import { defined } from "../members.ts";
import { decodeDocument, decodeImage } from "./sources.ts";
import { decodeRedacted, decodeThinking } from "./thinking-blocks.ts";

/** The `messages` of a request, each perhaps several in the canonical form: tool results are messages of their own. */
export function decodeMessages(messages: readonly Json[]): Message[] {
  if (messages.length === 0) throw errors.REQUEST_INVALID("messages", "must hold at least one message");
  return messages.flatMap((message, index) => decodeMessage(message, `messages[${index}]`));
}

/** `system`: a string or text blocks. */
export function decodeSystem(body: JsonObject): Message[] {
  const system = body["system"];
  if (system === undefined || system === null || system === "") return [];
  const parts = decodeContent(system, "system");
  return parts.length === 0 ? [] : [{ role: "system", parts }];
}

function decodeMessage(value: Json, path: string): Message[] {
  const message = as(value, object, path);
  const parts = decodeContent(message["content"], `${path}.content`);
  const role = need(message, "role", text, `${path}.`);
  const rest = restOf(message, messageFields);
  switch (role) {
    case "assistant":
      return [{ role, parts: adoptProviderParts(adoptCallStates(parts)), ...rest }];
    case "system":
      return [{ role, parts, ...rest }];
    case "user":
      return splitResults(parts, rest);
    default:
      throw errors.REQUEST_INVALID(`${path}.role`, 'must be "user", "assistant" or "system"');
  }
}

const messageFields: ReadonlySet<string> = new Set(["role", "content"]);

function splitResults(parts: readonly Part[], rest: WithRest): Message[] {
  const messages: Message[] = [];
  for (const part of parts) {
    const role = part.type === "tool-result" ? "tool" : "user";
    const last = messages.at(-1);
    if (last?.role === role) last.parts.push(part);
    else messages.push({ role, parts: [part], ...rest });
  }
  return messages.length === 0 ? [{ role: "user", parts: [], ...rest }] : messages;
}

function decodeContent(content: Json | undefined, path: string): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw errors.REQUEST_INVALID(path, "must be a string or an array of content blocks");
  return content.map((block, index) => decodeBlock(as(block, object, `${path}[${index}]`), `${path}[${index}]`));
}

function decodeBlock(block: JsonObject, path: string): Part {
  const type = need(block, "type", text, `${path}.`);
  const decode = blocks.get(type);
  return decode ? decode(block, path) : { type: "provider", format: "anthropic", item: block };
}

const blocks = new Map<string, (block: JsonObject, path: string) => Part>([
  ["text", decodeText],
  ["image", decodeImage],
  ["document", decodeDocument],
  ["thinking", decodeThinking],
  ["redacted_thinking", decodeRedacted],
  ["tool_use", decodeCall],
  ["tool_result", decodeResult],
]);

function decodeText(block: JsonObject, path: string): TextPart {
  const words = need(block, "text", text, `${path}.`);
  const citations = take(block, "citations", list, `${path}.`)?.map((raw) => decodeCitation(raw, 0, words.length));
  return defined<TextPart>({
    type: "text",
    text: words,
    citations,
    cache: cacheMark(block, path),
    ...restOf(block, textFields),
  });
}

const textFields: ReadonlySet<string> = new Set(["type", "text", "citations", "cache_control"]);
const callFields: ReadonlySet<string> = new Set(["type", "id", "name", "input"]);
const resultFields: ReadonlySet<string> = new Set(["type", "tool_use_id", "content", "is_error", "cache_control"]);

function decodeCall(block: JsonObject, path: string): ToolCallPart {
  return {
    type: "tool-call",
    id: need(block, "id", text, `${path}.`),
    name: need(block, "name", text, `${path}.`),
    arguments: JSON.stringify(take(block, "input", object, `${path}.`) ?? {}),
    ...restOf(block, callFields),
  };
}

function decodeResult(block: JsonObject, path: string): ToolResultPart {
  return defined<ToolResultPart>({
    type: "tool-result",
    callId: need(block, "tool_use_id", text, `${path}.`),
    content: decodeResultContent(block["content"], `${path}.content`),
    isError: take(block, "is_error", flag, `${path}.`),
    cache: cacheMark(block, path),
    ...restOf(block, resultFields),
  });
}

function decodeResultContent(content: Json | undefined, path: string): ToolResultPart["content"] {
  if (content === undefined || content === null) return [];
  return decodeContent(content, path).map((part) => {
    if (part.type === "text" || part.type === "image" || part.type === "file") return part;
    // What only this dialect has inside a result (search results, references) stays readable for every model.
    return { type: "text", text: JSON.stringify(isObject(part) && part.type === "provider" ? part.item : part) };
  });
}
