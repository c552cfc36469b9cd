import { createGoogle } from "@ai-sdk/google";
import type { JsonObject } from "@sluice/core";
import { reply, sse, type Answer } from "../_vendor.ts";
import { bodyEnd, upTo, type Ending, type VendorCase } from "./_vendor-case.ts";

const usageMetadata = {
  promptTokenCount: 9,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 2,
  thoughtsTokenCount: 3,
  totalTokenCount: 14,
};

function chunk(parts: JsonObject[], finishReason?: string): JsonObject {
  const candidate = {
    content: { role: "model", parts },
    index: 0,
    ...(finishReason === undefined ? {} : { finishReason }),
  };
  return { candidates: [candidate], usageMetadata, modelVersion: "gemini-2.5-flash", responseId: "r-1" };
}

/** https://ai.google.dev/api/generate-content (read 2026-11-20) */
function generated(chunks: readonly JsonObject[], ending: Ending = "end"): Answer {
  return sse(upTo(chunks, ending, 1), bodyEnd(ending));
}

export const google: VendorCase = {
  name: "Google",
  create: (url) => createGoogle({ apiKey: "key", baseURL: `${url}/v1beta` }),
  model: "gemini-2.5-flash",
  whole: reply(chunk([{ text: "Hi there" }], "STOP")),
  usage: [9, 5],
  streamed: (ending) => generated([chunk([{ text: "Hi " }]), chunk([{ text: "there" }]), chunk([], "STOP")], ending),
  calling: generated([
    chunk([{ text: "Which city?", thought: true }]),
    chunk(
      [{ functionCall: { name: "get_weather", args: { city: "Oslo" }, id: "fc-1" }, thoughtSignature: "CiQB+/sig==" }],
      "STOP",
    ),
  ]),
  callId: "fc-1",
  secondTurn: {
    contents: [
      { role: "user" },
      {
        role: "model",
        parts: [
          { text: "Which city?", thought: true },
          { functionCall: { name: "get_weather", args: { city: "Oslo" } }, thoughtSignature: "CiQB+/sig==" },
        ],
      },
      { role: "user", parts: [{ functionResponse: { name: "get_weather" } }] },
    ],
  },
};
