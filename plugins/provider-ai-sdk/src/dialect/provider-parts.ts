import { isObject, numberOf, parseJson, stringOf } from "@sluice/core";
import type { Json, JsonObject, Part, StreamEvent } from "@sluice/core";
import { present } from "./present.ts";

/** What `ProviderPart.format` says of parts that only the package behind the channel knows. */
export const providerFormat = "ai-sdk";

/**
 * A part without a canonical meaning: calls and results of tools that the vendor runs, files that are neither picture nor
 * sound, thoughts in pictures, the vendor's own kinds. Kept whole, with the domain whose package can read it, and with the
 * number of texts before it: some dialects keep such parts beside the text and not within.
 */
export function providerEvent(part: JsonObject, domain: string, texts: number): StreamEvent {
  return { type: "provider", choice: 0, format: providerFormat, item: { domain, texts, part } };
}

/** Moves parts of ours before the text that they stood before. Where order was kept this changes nothing. */
export function inPlace(parts: readonly Part[]): Part[] {
  const late = new Map<Part, number>();
  for (const part of parts) {
    if (part.type === "provider" && part.format === providerFormat) late.set(part, numberOf(part.item["texts"]) ?? 0);
  }
  if (late.size === 0) return [...parts];
  const placed: Part[] = [];
  let texts = 0;
  for (const part of parts) {
    if (part.type === "text") {
      for (const [own, before] of late) {
        if (before > texts) continue;
        placed.push(own);
        late.delete(own);
      }
      texts++;
    }
    if (!late.delete(part) && isOurs(part)) continue;
    placed.push(part);
  }
  return placed;
}

function isOurs(part: Part): boolean {
  return part.type === "provider" && part.format === providerFormat;
}

/** The part as the next prompt has it; null for what tells about an answer and is no part of a conversation. */
export function toPromptPart(item: JsonObject): JsonObject | null {
  const part = item["part"];
  if (!isObject(part)) return null;
  const write = writers[stringOf(part["type"]) ?? ""];
  return write === undefined ? null : present({ ...write(part), providerOptions: part["providerMetadata"] });
}

const writers: Readonly<Record<string, (part: JsonObject) => JsonObject>> = {
  "tool-call": ({ toolCallId, toolName, input }) => ({
    type: "tool-call",
    toolCallId,
    toolName,
    input: parsed(input),
    providerExecuted: true,
  }),
  "tool-result": ({ toolCallId, toolName, result, isError }) => ({
    type: "tool-result",
    toolCallId,
    toolName,
    output: outputOf(result ?? null, isError === true),
  }),
  custom: ({ kind }) => ({ type: "custom", kind }),
  file: ({ data, mediaType }) => ({ type: "file", data, mediaType }),
  "reasoning-file": ({ data, mediaType }) => ({ type: "reasoning-file", data, mediaType }),
};

function outputOf(value: Json, isError: boolean): JsonObject {
  const form = typeof value === "string" ? "text" : "json";
  return { type: isError ? `error-${form}` : form, value };
}

function parsed(input: Json | undefined): Json {
  if (typeof input !== "string") return input ?? {};
  try {
    return parseJson(input) as Json;
  } catch {
    return input;
  }
}
