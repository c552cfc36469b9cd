import { isObject, stringOf, type JsonObject } from "@sluice/core";

// Converse as its documents have it, put to a model that speaks Anthropic's Messages. Strict: what is not known is refused.

const topLevel =
  "messages system inferenceConfig toolConfig additionalModelRequestFields outputConfig serviceTier guardrailConfig".split(
    " ",
  );
const inference = "maxTokens temperature topP stopSequences".split(" ");

export class ValidationError extends Error {}

/** The request of Anthropic's that says the same. */
export function messagesOf(body: JsonObject): JsonObject {
  only(body, topLevel, "request");
  const { maxTokens, temperature, topP, stopSequences } = object(body["inferenceConfig"], inference, "inferenceConfig");
  const tools = object(body["toolConfig"], ["tools", "toolChoice"], "toolConfig");
  const format = object(
    object(body["outputConfig"], ["textFormat"], "outputConfig")["textFormat"],
    ["type", "structure"],
    "",
  );
  const schema = object(
    object(format["structure"], ["jsonSchema"], "")["jsonSchema"],
    ["schema", "name", "description"],
    "",
  );
  const own = isObject(body["additionalModelRequestFields"]) ? body["additionalModelRequestFields"] : {};
  return clean({
    messages: list(body["messages"]).map(turnOf),
    system: body["system"] === undefined ? undefined : blocksOf(list(body["system"])),
    max_tokens: maxTokens ?? 4096,
    temperature,
    top_p: topP,
    stop_sequences: stopSequences,
    tools: tools["tools"] === undefined ? undefined : toolsOf(list(tools["tools"])),
    tool_choice: choiceOf(tools["toolChoice"]),
    ...own,
    output_config:
      schema["schema"] === undefined
        ? own["output_config"]
        : {
            ...(own["output_config"] as object),
            format: { type: "json_schema", schema: JSON.parse(words(schema["schema"])) },
          },
  });
}

function turnOf(turn: JsonObject): JsonObject {
  only(turn, ["role", "content"], "message");
  return { role: turn["role"] ?? null, content: blocksOf(list(turn["content"])) };
}

function blocksOf(blocks: JsonObject[]): JsonObject[] {
  const written: JsonObject[] = [];
  for (const block of blocks) {
    const [kind = "", ...more] = Object.keys(block);
    if (more.length > 0) throw new ValidationError("A content block is a union: one member alone.");
    if (kind === "cachePoint") Object.assign(written.at(-1) as JsonObject, { cache_control: markOf(block[kind]) });
    else written.push(blockOf(kind, block[kind]));
  }
  return written;
}

function markOf(point: unknown): JsonObject {
  const { type, ttl } = object(point, ["type", "ttl"], "cachePoint");
  if (type !== "default") throw new ValidationError("cachePoint.type");
  return clean({ type: "ephemeral", ttl });
}

function blockOf(kind: string, block: unknown): JsonObject {
  if (kind === "text") {
    if (typeof block !== "string" || block.trim() === "") throw new ValidationError("The text field is blank.");
    return { type: "text", text: block };
  }
  if (kind === "image") {
    const { format, source } = object(block, ["format", "source"], "image");
    const { bytes } = object(source, ["bytes"], "source");
    return { type: "image", source: { type: "base64", media_type: `image/${words(format)}`, data: bytes ?? null } };
  }
  if (kind === "document") {
    const { format, name, source } = object(block, ["format", "name", "source"], "document");
    if (!/^[A-Za-z0-9 \-()[\]]+$/.test(words(name))) throw new ValidationError("document.name");
    if (format !== "pdf") throw new ValidationError("document.format");
    const { bytes } = object(source, ["bytes"], "source");
    return {
      type: "document",
      title: name ?? null,
      source: { type: "base64", media_type: "application/pdf", data: bytes ?? null },
    };
  }
  if (kind === "toolUse") {
    const { toolUseId, name, input } = object(block, ["toolUseId", "name", "input"], "toolUse");
    return { type: "tool_use", id: toolUseId ?? null, name: name ?? null, input: input ?? null };
  }
  if (kind === "toolResult") {
    const { toolUseId, content, status } = object(block, ["toolUseId", "content", "status"], "toolResult");
    return clean({
      type: "tool_result",
      tool_use_id: toolUseId,
      content: blocksOf(list(content)),
      is_error: status === "error" || undefined,
    });
  }
  if (kind === "reasoningContent") {
    const { reasoningText, redactedContent } = object(block, ["reasoningText", "redactedContent"], "reasoningContent");
    if (redactedContent !== undefined)
      return { type: "redacted_thinking", data: Buffer.from(words(redactedContent), "base64").toString() };
    const { text, signature } = object(reasoningText, ["text", "signature"], "reasoningText");
    return { type: "thinking", thinking: text ?? null, signature: signature ?? null };
  }
  throw new ValidationError(`${kind} is no content block.`);
}

function toolsOf(tools: JsonObject[]): JsonObject[] {
  const written: JsonObject[] = [];
  for (const tool of tools) {
    if (tool["cachePoint"] !== undefined) {
      Object.assign(written.at(-1) as JsonObject, { cache_control: markOf(tool["cachePoint"]) });
      continue;
    }
    const { name, description, inputSchema, strict } = object(
      tool["toolSpec"],
      ["name", "description", "inputSchema", "strict"],
      "toolSpec",
    );
    written.push(
      clean({ name, description, input_schema: object(inputSchema, ["json"], "inputSchema")["json"], strict }),
    );
  }
  return written;
}

function choiceOf(choice: unknown): JsonObject | undefined {
  if (choice === undefined) return undefined;
  const { auto, any, tool } = object(choice, ["auto", "any", "tool"], "toolChoice");
  if (auto) return { type: "auto" };
  if (any) return { type: "any" };
  return { type: "tool", name: object(tool, ["name"], "tool")["name"] ?? null };
}

/** The answer of Converse that says what one of Anthropic's does. */
export function replyOf(message: JsonObject): JsonObject {
  const content = list(message["content"]).map((block): JsonObject => {
    if (block["type"] === "text") return { text: block["text"] ?? null };
    if (block["type"] === "thinking")
      return {
        reasoningContent: { reasoningText: { text: block["thinking"] ?? null, signature: block["signature"] ?? null } },
      };
    if (block["type"] === "redacted_thinking") return { reasoningContent: { redactedContent: base64(block["data"]) } };
    return { toolUse: { toolUseId: block["id"] ?? null, name: block["name"] ?? null, input: block["input"] ?? null } };
  });
  return {
    metrics: { latencyMs: 7 },
    output: { message: { role: "assistant", content } },
    stopReason: stopOf(message["stop_reason"]),
    usage: usageOf(message["usage"]),
  };
}

/** The events of ConverseStream for one of Anthropic's. */
export function eventsOf(event: JsonObject): [type: string, body: JsonObject][] {
  const contentBlockIndex = event["index"] ?? 0;
  const at = (delta: JsonObject): [string, JsonObject] => ["contentBlockDelta", { contentBlockIndex, delta, p: "abc" }];
  const delta = isObject(event["delta"]) ? event["delta"] : {};
  switch (words(event["type"])) {
    case "message_start":
      return [["messageStart", { role: "assistant", p: "abcd" }]];
    case "content_block_start": {
      const block = event["content_block"] as JsonObject;
      // Only calls have a start of their own.
      if (block["type"] === "tool_use")
        return [
          [
            "contentBlockStart",
            { contentBlockIndex, start: { toolUse: { toolUseId: block["id"] ?? null, name: block["name"] ?? null } } },
          ],
        ];
      return block["type"] === "redacted_thinking"
        ? [at({ reasoningContent: { redactedContent: base64(block["data"]) } })]
        : [];
    }
    case "content_block_delta":
      if (delta["type"] === "text_delta") return [at({ text: delta["text"] ?? null })];
      if (delta["type"] === "thinking_delta") return [at({ reasoningContent: { text: delta["thinking"] ?? null } })];
      if (delta["type"] === "signature_delta")
        return [at({ reasoningContent: { signature: delta["signature"] ?? null } })];
      return [at({ toolUse: { input: delta["partial_json"] ?? null } })];
    case "content_block_stop":
      return [["contentBlockStop", { contentBlockIndex }]];
    case "message_delta":
      return [
        ["messageStop", { stopReason: stopOf(delta["stop_reason"]) }],
        ["metadata", { usage: usageOf(event["usage"]), metrics: { latencyMs: 7 } }],
      ];
    default:
      return [];
  }
}

function stopOf(reason: unknown): string {
  return reason === "refusal" ? "content_filtered" : words(reason);
}

function usageOf(usage: unknown): JsonObject {
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage as JsonObject;
  return {
    inputTokens: input_tokens ?? 0,
    outputTokens: output_tokens ?? 0,
    cacheReadInputTokens: cache_read_input_tokens ?? 0,
    cacheWriteInputTokens: cache_creation_input_tokens ?? 0,
    totalTokens: Number(input_tokens) + Number(output_tokens),
  };
}

function base64(data: unknown): string {
  return Buffer.from(words(data)).toString("base64");
}

function list(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) throw new ValidationError("A list is missing.");
  return value as JsonObject[];
}

function object(value: unknown, known: readonly string[], what: string): JsonObject {
  if (value === undefined) return {};
  if (!isObject(value)) throw new ValidationError(`${what} is no object.`);
  only(value, known, what);
  return value;
}

function only(value: JsonObject, known: readonly string[], what: string): void {
  const odd = Object.keys(value).find((name) => !known.includes(name));
  if (odd !== undefined) throw new ValidationError(`${what}: extraneous key [${odd}] is not permitted`);
}

function clean(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

function words(value: unknown): string {
  return stringOf(value) ?? "";
}
