import { arrayOf, errors, isObject, stringOf } from "@sluice/core";
import type { Json, JsonObject, Message, Part, ToolResultPart } from "@sluice/core";
import { adoptCallStates } from "../call-states.ts";
import { as, need, object, oneOf, take, text } from "../fields.ts";
import { decodeContent } from "./decode-parts.ts";
import { restOf } from "../rest.ts";
import { clientState, isLostReasoning } from "./reasoning.ts";

/** The history: instructions, then `input`. Throws `SLUICE_REQUEST_INVALID` naming the field. */
export function decodeInput(body: JsonObject): Message[] {
  const instructions = take(body, "instructions", text);
  const messages: Message[] = instructions ? [{ role: "system", parts: [{ type: "text", text: instructions }] }] : [];
  const { input } = body;
  if (input === undefined || input === null) return messages;
  if (typeof input === "string")
    return input === "" ? messages : [...messages, { role: "user", parts: [{ type: "text", text: input }] }];
  if (!Array.isArray(input)) throw errors.REQUEST_INVALID("input", "must be a string or an array of items");
  for (const [index, value] of input.entries()) {
    const at = `input[${index}]`;
    addItem(messages, decodeItem(as(value, object, at), at));
  }
  return messages.map((message) =>
    message.role === "assistant" ? { ...message, parts: adoptCallStates(message.parts) } : message,
  );
}

/** Items of one turn of the model are one message, up to the next words of it; so are the results of one round. */
function addItem(messages: Message[], message: Message): void {
  const { role, parts } = message;
  const last = messages.at(-1);
  const isSame = last?.role === role && (role === "assistant" || role === "tool");
  const begins =
    role === "assistant" && isSaid(parts[0]) && last?.parts.some((part) => isSaid(part) || part.type === "tool-call");
  if (!isSame || begins) messages.push(message);
  else Object.assign(last, { ...message, parts: [...last.parts, ...parts] });
}

function isSaid(part: Part | undefined): boolean {
  return part?.type === "text" || part?.type === "refusal";
}

type ItemReader = (item: JsonObject, at: string) => Message;

const assistant = (part: Part): Message => ({ role: "assistant", parts: [part] });

/** Items with a canonical meaning. All others are items of the vendor's own tools, and stay where they stand. */
const readers: ReadonlyMap<string, ItemReader> = new Map<string, ItemReader>([
  ["message", decodeMessage],
  ["reasoning", decodeReasoning],
  ["function_call", decodeCall],
  ["function_call_output", decodeResult],
  ["custom_tool_call", decodeCustomCall],
  ["custom_tool_call_output", decodeResult],
  ["item_reference", decodeReference],
]);

function decodeItem(item: JsonObject, at: string): Message {
  // A message needs no type.
  const type = item.type === undefined || item.type === null ? "message" : need(item, "type", text, `${at}.`);
  const read = readers.get(type);
  return read ? read(item, at) : assistant({ type: "provider", format: "openai-responses", item });
}

/** Ids and states of items are those of the answer that they come from. */
const head = ["type", "id", "status"] as const;
const messageFields: ReadonlySet<string> = new Set([...head, "role", "content"]);
const callFields: ReadonlySet<string> = new Set([...head, "call_id", "name", "arguments", "parsed_arguments"]);
const customFields: ReadonlySet<string> = new Set([...head, "call_id", "name", "input"]);
const resultFields: ReadonlySet<string> = new Set([...head, "call_id", "name", "output"]);

const speaker = oneOf(["user", "assistant", "system", "developer"]);

function decodeMessage(item: JsonObject, at: string): Message {
  const role = need(item, "role", speaker, `${at}.`);
  const parts = decodeContent(item.content, `${at}.content`);
  return { role: role === "developer" ? "system" : role, parts, ...restOf(item, messageFields) };
}

/** The summary where there is one, else the thinking itself. */
function decodeReasoning(item: JsonObject): Message {
  const texts = [...arrayOf(item.summary), ...arrayOf(item.content)].flatMap((part) =>
    isObject(part) && typeof part.text === "string" ? [part.text] : [],
  );
  const state = clientState(item);
  return assistant({ type: "reasoning", text: texts.join("\n\n"), ...(state ? { state } : {}) });
}

/** Thinking that was left here is with nobody, which every upstream tells as state that was lost; a store may know it by its id. */
function decodeReference(item: JsonObject): Message {
  if (!isLostReasoning(item)) return assistant({ type: "provider", format: "openai-responses", item });
  const id = stringOf(item.id) ?? "";
  return assistant({ type: "reasoning", text: "", state: { kind: "encrypted", domain: "nobody", data: "", id } });
}

function decodeCall(item: JsonObject, at: string): Message {
  const given = take(item, "arguments", text, `${at}.`) ?? "";
  return assistant({
    type: "tool-call",
    id: need(item, "call_id", text, `${at}.`),
    name: need(item, "name", text, `${at}.`),
    arguments: given.trim() === "" ? "{}" : given,
    ...restOf(item, callFields),
  });
}

function decodeCustomCall(item: JsonObject, at: string): Message {
  return assistant({
    type: "tool-call",
    id: need(item, "call_id", text, `${at}.`),
    name: need(item, "name", text, `${at}.`),
    arguments: JSON.stringify({ input: need(item, "input", text, `${at}.`) }),
    ...restOf(item, customFields),
  });
}

function decodeResult(item: JsonObject, at: string): Message {
  const callId = need(item, "call_id", text, `${at}.`);
  const name = stringOf(item.name);
  const content = decodeContent(item.output as Json | undefined, `${at}.output`).map(resultPart);
  const named = name ? { name } : {};
  const part: ToolResultPart = { type: "tool-result", callId, content, ...named, ...restOf(item, resultFields) };
  return { role: "tool", parts: [part] };
}

/** What only this dialect has inside a result stays readable for every model. */
function resultPart(part: Part): ToolResultPart["content"][number] {
  if (part.type === "text" || part.type === "image" || part.type === "file" || part.type === "audio") return part;
  return { type: "text", text: JSON.stringify(part.type === "provider" ? part.item : part) };
}
