import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "@sluice/core";
import { tokensOf, tokensPerMedia, tokensPerMessage } from "./tokens.ts";

/** A function that the client offers. */
export interface OfferedTool {
  name: string;
  parameters: JsonObject | undefined;
}

/** A tool's result at the end of the history. */
export interface ToolResult {
  name: string;
  text: string;
}

/** One chat request in OpenAI's wire format, as far as a mock model reads it. */
export interface Ask {
  body: JsonObject;
  model: string;
  /** How many answers are wanted. */
  choices: number;
  messages: JsonObject[];
  /** Text of the last user message. */
  text: string;
  tools: OfferedTool[];
  /** Results that follow the last assistant message, in order. */
  results: ToolResult[];
  /** Whether readable reasoning is wanted. */
  reasons: boolean;
  inputTokens: number;
}

/** Reads a request body. Returns the name of the field that is wrong instead, where one is. */
export function readAsk(body: JsonObject): Ask | { wrong: string } {
  const model = stringOf(body["model"]);
  if (model === undefined) return { wrong: "model" };
  const messages = arrayOf(body["messages"]).filter(isObject);
  if (messages.length === 0) return { wrong: "messages" };
  const choices = body["n"] === undefined ? 1 : numberOf(body["n"]);
  if (choices === undefined || !Number.isInteger(choices) || choices < 1 || choices > 128) return { wrong: "n" };

  const effort = stringOf(body["reasoning_effort"]);
  return {
    body,
    model,
    choices,
    messages,
    text: textOf(messages.findLast((message) => message["role"] === "user")),
    tools: offeredTools(body),
    results: trailingResults(messages),
    reasons: effort !== undefined && effort !== "none",
    inputTokens: countInput(messages, body),
  };
}

/** The text of a message, its parts joined by a line break. */
export function textOf(message: JsonObject | undefined): string {
  const content = message?.["content"];
  if (typeof content === "string") return content;
  return partsOf(message)
    .map((part) => stringOf(part["text"]))
    .filter((text) => text !== undefined)
    .join("\n");
}

/** The content parts of a message; none for plain text. */
export function partsOf(message: JsonObject | undefined): JsonObject[] {
  return arrayOf(message?.["content"]).filter(isObject);
}

/** The output limit that the client set, under either name. */
export function outputLimit(body: JsonObject): number {
  return numberOf(body["max_completion_tokens"]) ?? numberOf(body["max_tokens"]) ?? Number.POSITIVE_INFINITY;
}

/** The stop sequences that the client set; empty ones never match. */
export function stopSequences(body: JsonObject): string[] {
  const stop = body["stop"];
  const sequences = typeof stop === "string" ? [stop] : arrayOf(stop).filter((entry) => typeof entry === "string");
  return sequences.filter((sequence) => sequence !== "");
}

function offeredTools(body: JsonObject): OfferedTool[] {
  return arrayOf(body["tools"]).flatMap((tool) => {
    const offered = isObject(tool) ? objectOf(tool["function"]) : undefined;
    const name = stringOf(offered?.["name"]);
    return name === undefined ? [] : [{ name, parameters: objectOf(offered?.["parameters"]) }];
  });
}

function trailingResults(messages: JsonObject[]): ToolResult[] {
  const lastAnswer = messages.findLastIndex((message) => message["role"] === "assistant");
  const following = messages.slice(lastAnswer + 1);
  if (following.at(-1)?.["role"] !== "tool") return [];
  const names = calledNames(messages[lastAnswer]);
  return following
    .filter((message) => message["role"] === "tool")
    .map((message) => ({ name: names.get(message["tool_call_id"]) ?? "tool", text: textOf(message) }));
}

function calledNames(message: JsonObject | undefined): Map<unknown, string> {
  const calls = arrayOf(message?.["tool_calls"]).filter(isObject);
  return new Map(calls.map((call) => [call["id"], stringOf(objectOf(call["function"])?.["name"]) ?? "tool"]));
}

function countInput(messages: JsonObject[], body: JsonObject): number {
  const media = messages.flatMap(partsOf).filter((part) => part["type"] !== "text").length;
  const written = messages.map((message) => textOf(message) + jsonOf(message["tool_calls"])).join("");
  return (
    tokensOf(written).length +
    tokensOf(jsonOf(body["tools"])).length +
    media * tokensPerMedia +
    messages.length * tokensPerMessage
  );
}

function jsonOf(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}
