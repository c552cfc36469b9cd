import type { JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import { mediumAt } from "./media.ts";
import { VendorError } from "./vendor-error.ts";

const roles = ["system", "developer", "user", "assistant", "tool", "function"];
const partTypes: Readonly<Record<string, string[]>> = {
  system: ["text"],
  developer: ["text"],
  user: ["text", "image_url", "input_audio", "file"],
  assistant: ["text", "refusal"],
  tool: ["text"],
};

/** Checks the messages of a chat completion request, and that every tool call is answered by the next messages. */
export function checkMessages(messages: unknown[]): void {
  if (messages.length === 0)
    throw refuse(
      "Invalid 'messages': empty array. Expected an array with minimum length 1.",
      "messages",
      "empty_array",
    );
  let open = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const path = `messages[${at}]`;
    if (!isRecord(message)) throw refuse(`Invalid type for '${path}': expected an object.`, path, "invalid_type");
    const role = words(message["role"]);
    if (!roles.includes(role))
      throw refuse(
        `Invalid value: '${role}'. Supported values are: ${roles.map((one) => `'${one}'`).join(", ")}.`,
        `${path}.role`,
        "invalid_value",
      );
    checkContent(message, role, `${path}.content`);
    if (role === "tool") close(open, message, path);
    else if (open.size > 0) throw unanswered(open);
    if (role === "assistant") open = callsIn(message, path);
  }
  if (open.size > 0) throw unanswered(open);
}

function checkContent(message: JsonObject, role: string, path: string): void {
  const { content } = message;
  if (typeof content === "string") return;
  if (content === undefined || content === null) {
    const silent =
      role === "assistant" &&
      (message["tool_calls"] ?? message["refusal"] ?? message["function_call"] ?? message["audio"]);
    if (silent) return;
    throw refuse(`Invalid value for 'content': expected a string, got null.`, path);
  }
  if (!Array.isArray(content) || content.length === 0)
    throw refuse(
      `Invalid type for '${path}': expected a string or an array with minimum length 1.`,
      path,
      "invalid_type",
    );
  for (const [at, part] of content.entries()) checkPart(part, role, `${path}[${at}]`);
}

function checkPart(part: unknown, role: string, path: string): void {
  const type = isRecord(part) ? words(part["type"]) : "";
  if (!isRecord(part) || !partTypes[role]?.includes(type))
    throw refuse(`Invalid value: '${type}'.`, `${path}.type`, "invalid_value");
  if (type === "text" && typeof part["text"] !== "string")
    throw refuse(`Missing required parameter: '${path}.text'.`, `${path}.text`, "missing_required_parameter");
  if (type !== "image_url") return;
  const url = isRecord(part["image_url"]) ? part["image_url"]["url"] : undefined;
  if (url === undefined)
    throw refuse(
      `Missing required parameter: '${path}.image_url.url'.`,
      `${path}.image_url.url`,
      "missing_required_parameter",
    );
  if (mediumAt(url) === null)
    throw refuse(
      "Invalid image URL. Expected an http(s) address or a base64-encoded data URL.",
      `${path}.image_url.url`,
      "invalid_value",
    );
}

function callsIn(message: JsonObject, path: string): Set<string> {
  const calls = records(message["tool_calls"]);
  if (Array.isArray(message["tool_calls"]) && calls.length === 0)
    throw refuse(`Invalid '${path}.tool_calls': empty array.`, `${path}.tool_calls`, "empty_array");
  for (const [at, call] of calls.entries()) {
    const here = `${path}.tool_calls[${at}]`;
    if (call["type"] === undefined)
      throw refuse(`Missing required parameter: '${here}.type'.`, `${here}.type`, "missing_required_parameter");
    if (words(call["id"]) === "")
      throw refuse(`Missing required parameter: '${here}.id'.`, `${here}.id`, "missing_required_parameter");
    if (words(call["id"]).length > 40)
      throw refuse(
        `Invalid '${here}.id': string too long. Expected a string with maximum length 40.`,
        `${here}.id`,
        "string_above_max_length",
      );
    const called = call["function"];
    if (isRecord(called) && typeof called["arguments"] !== "string")
      throw refuse(
        `Invalid type for '${here}.function.arguments': expected a string.`,
        `${here}.function.arguments`,
        "invalid_type",
      );
  }
  return new Set(calls.map((call) => words(call["id"])));
}

function close(open: Set<string>, message: JsonObject, path: string): void {
  if (open.delete(words(message["tool_call_id"]))) return;
  throw refuse(
    "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
    `${path}.role`,
  );
}

function unanswered(open: Set<string>): VendorError {
  const ids = [...open].join(", ");
  return refuse(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`,
    "messages",
  );
}

function refuse(message: string, param: string, code?: string): VendorError {
  return new VendorError(400, message, { param, ...(code === undefined ? {} : { code }) });
}
