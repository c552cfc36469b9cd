import type { Choice, Reply } from "@sluice/core";
import { expect } from "vitest";
import { call } from "../fixtures.ts";

export const post = call("/v1/messages", "beta=true");

/** A reply of one choice. */
export function replyOf(choice: Choice): Reply {
  const usage = { inputTokens: 3, cacheReadTokens: 1, cacheWriteTokens: null, outputTokens: 2, reasoningTokens: null };
  return { id: "x", model: "m", created: null, choices: [choice], usage, warnings: [] };
}

/** The events of a stream, each under the name that its data has. */
export function wireEvents(bytes: Uint8Array): Record<string, unknown>[] {
  const blocks = new TextDecoder().decode(bytes).trimEnd().split("\n\n");
  return blocks.map((block) => {
    const [event, data] = block.split("\n");
    const value = JSON.parse(data?.replace(/^data: /, "") ?? "") as Record<string, unknown>;
    expect(event).toBe(`event: ${String(value["type"])}`);
    return value;
  });
}
