import type { JsonObject } from "@sluice/core";
import type { AiSdkProvider } from "../src/index.ts";

/** A package without a vendor: says what it is told to, and keeps what it was asked. */
export interface ScriptedPackage extends AiSdkProvider {
  readonly asked: Record<string, unknown>[];
}

export interface Script {
  version?: string;
  parts?: readonly object[];
  result?: object;
  /** What a call throws instead. */
  thrown?: unknown;
  supportedUrls?: Record<string, RegExp[]>;
}

export function scripted({
  version = "v4",
  parts = [],
  result = {},
  thrown,
  supportedUrls = {},
}: Script): ScriptedPackage {
  const asked: Record<string, unknown>[] = [];
  const take = (options: never): void => {
    asked.push(options);
    if (thrown !== undefined) throw thrown as Error;
  };
  return {
    asked,
    specificationVersion: version,
    languageModel: (modelId: string) => ({
      specificationVersion: version,
      provider: "scripted",
      modelId,
      supportedUrls,
      async doGenerate(options: never) {
        take(options);
        return result;
      },
      async doStream(options: never) {
        take(options);
        return { stream: streamOf(parts), response: { headers: { "x-request-id": "scripted-1" } } };
      },
    }),
  };
}

function streamOf(parts: readonly object[]): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

export const usage: JsonObject = { inputTokens: { total: 3 }, outputTokens: { total: 2 } };

/** "Hello" in both forms. */
export const hello: Pick<Script, "parts" | "result"> = {
  parts: [
    { type: "stream-start", warnings: [] },
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "Hello" },
    { type: "text-end", id: "0" },
    { type: "finish", finishReason: { unified: "stop", raw: "end" }, usage },
  ],
  result: {
    warnings: [],
    content: [{ type: "text", text: "Hello" }],
    finishReason: { unified: "stop", raw: "end" },
    usage,
  },
};
