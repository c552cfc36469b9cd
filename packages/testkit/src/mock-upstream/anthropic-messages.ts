import type { JsonObject } from "@sluice/core";
import { isRecord, records, unknownField, words } from "./fields.ts";
import { base64Bytes } from "./media.ts";
import { isSigned } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";

/** Refuses as Anthropic does: 400 `invalid_request_error`. */
export function invalid(message: string): VendorError {
  return new VendorError(400, message);
}

export function extra(path: string): VendorError {
  return invalid(`${path}: Extra inputs are not permitted`);
}

export function required(path: string): VendorError {
  return invalid(`${path}: Field required`);
}

/** The blocks of a message: a string is one text block. */
export function blocksOf(content: unknown): JsonObject[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : records(content);
}

/** Checks the messages, each block by its kind, and that every tool use is answered in the next message. */
export function checkMessages(messages: unknown[]): void {
  if (messages.length === 0) throw invalid("messages: at least one message is required");
  for (const [at, message] of messages.entries()) {
    const path = `messages.${at}`;
    if (!isRecord(message)) throw invalid(`${path}: Input should be an object`);
    const unknown = unknownField(message, new Set(["role", "content"]));
    if (unknown !== undefined) throw extra(`${path}.${unknown}`);
    if (message["role"] !== "user" && message["role"] !== "assistant")
      throw invalid(`${path}.role: Input should be 'user' or 'assistant'`);
    checkContent(message, path, at === messages.length - 1);
    checkResults(records(messages), at);
  }
  if ((messages[0] as JsonObject)["role"] !== "user") throw invalid('messages: first message must use the "user" role');
}

function checkContent(message: JsonObject, path: string, last: boolean): void {
  const { content, role } = message;
  if (content === undefined) throw required(`${path}.content`);
  if (typeof content !== "string" && !Array.isArray(content))
    throw invalid(`${path}.content: Input should be a valid string or list`);
  const blocks = blocksOf(content);
  const empty = blocks.length === 0 || content === "";
  if (empty && !(last && role === "assistant"))
    throw invalid(`${path}: all messages must have non-empty content except for the optional final assistant message`);
  if (last && role === "assistant" && /\s$/.test(words(blocks.at(-1)?.["text"])))
    throw invalid("messages: final assistant content cannot end with trailing whitespace");
  for (const [index, block] of blocks.entries()) checkBlock(block, words(role), `${path}.content.${index}`);
}

const fields: Readonly<Record<string, { roles: string[]; known: string[] }>> = {
  text: { roles: ["user", "assistant"], known: ["text", "citations"] },
  image: { roles: ["user"], known: ["source"] },
  document: { roles: ["user", "assistant"], known: ["source", "title", "context", "citations"] },
  tool_use: { roles: ["assistant"], known: ["id", "name", "input", "caller"] },
  tool_result: { roles: ["user"], known: ["tool_use_id", "content", "is_error"] },
  thinking: { roles: ["assistant"], known: ["thinking", "signature"] },
  redacted_thinking: { roles: ["assistant"], known: ["data"] },
};

function checkBlock(block: JsonObject, role: string, path: string): void {
  const type = words(block["type"]);
  const rule = fields[type];
  if (rule === undefined)
    throw invalid(`${path}: Input tag '${type}' found using 'type' does not match any of the expected tags`);
  if (!rule.roles.includes(role)) throw invalid(`${path}: \`${type}\` blocks are not allowed in ${role} messages`);
  const unknown = unknownField(block, new Set(["type", "cache_control", ...rule.known]));
  if (unknown !== undefined) throw extra(`${path}.${type}.${unknown}`);
  checks[type]?.(block, path);
}

const idPattern = /^[a-zA-Z0-9_-]+$/;
const namePattern = /^[a-zA-Z0-9_-]{1,128}$/;

const checks: Readonly<Record<string, (block: JsonObject, path: string) => void>> = {
  text(block, path) {
    if (typeof block["text"] !== "string") throw required(`${path}.text.text`);
    if (block["text"] === "") throw invalid("messages: text content blocks must be non-empty");
    if (block["text"].trim() === "") throw invalid("messages: text content blocks must contain non-whitespace text");
  },
  image: checkSource,
  document: checkSource,
  tool_use(block, path) {
    if (!idPattern.test(words(block["id"])))
      throw invalid(`${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
    if (!namePattern.test(words(block["name"])))
      throw invalid(`${path}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    if (!isRecord(block["input"])) throw invalid(`${path}.tool_use.input: Input should be a valid dictionary`);
  },
  tool_result(block, path) {
    if (words(block["tool_use_id"]) === "") throw required(`${path}.tool_result.tool_use_id`);
  },
  thinking(block, path) {
    if (typeof block["signature"] !== "string") throw required(`${path}.thinking.signature`);
    // Omitted thinking comes back empty, with the signature of nothing readable.
    if (!isSigned(words(block["thinking"]), block["signature"]))
      throw invalid(`${path}: Invalid \`signature\` in \`thinking\` block`);
  },
  redacted_thinking(block, path) {
    if (!isSigned("redacted", block["data"])) throw invalid(`${path}: Invalid \`data\` in \`redacted_thinking\` block`);
  },
};

const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"];

function checkSource(block: JsonObject, path: string): void {
  const source = isRecord(block["source"]) ? block["source"] : {};
  const here = `${path}.${words(block["type"])}.source`;
  if (source["type"] === "base64") {
    if (block["type"] === "image" && !imageTypes.includes(words(source["media_type"])))
      throw invalid(`${here}.base64.media_type: Input should be ${imageTypes.map((type) => `'${type}'`).join(", ")}`);
    if (base64Bytes(source["data"]) === null) throw invalid(`${here}.base64.data: invalid base64 data`);
    return;
  }
  if (source["type"] === "url" && !/^https?:\/\//.test(words(source["url"])))
    throw invalid(`${here}.url.url: Only HTTPS URLs are supported`);
  if (!["url", "file", "text", "content"].includes(words(source["type"])))
    throw invalid(`${here}: Input tag '${words(source["type"])}' does not match any of the expected tags`);
}

function checkResults(messages: JsonObject[], at: number): void {
  const blocks = blocksOf(messages[at]?.["content"]);
  const asked = blocks.filter((block) => block["type"] === "tool_use").map((block) => words(block["id"]));
  if (new Set(asked).size < asked.length) throw invalid(`messages.${at}: \`tool_use\` ids must be unique`);
  const next = blocksOf(messages[at + 1]?.["content"]);
  const answered = new Set(
    next.filter((block) => block["type"] === "tool_result").map((block) => block["tool_use_id"]),
  );
  const open = asked.filter((id) => !answered.has(id));
  if (open.length > 0) {
    throw invalid(
      `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }
  const before = blocksOf(messages[at - 1]?.["content"]).filter((block) => block["type"] === "tool_use");
  for (const [index, block] of blocks.entries()) {
    if (block["type"] !== "tool_result") continue;
    const path = `messages.${at}.content.${index}`;
    if (!before.some((call) => call["id"] === block["tool_use_id"])) {
      throw invalid(
        `${path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${words(block["tool_use_id"])}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (blocks.slice(0, index).some((earlier) => earlier["type"] !== "tool_result"))
      throw invalid(`${path}: \`tool_result\` blocks must come first in the message`);
  }
}
