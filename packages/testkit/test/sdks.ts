import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import type { MockUpstream } from "../src/index.ts";

/** The vendors' own clients, pointed at the upstream as their documents say, without retries. */
export function openaiSDK(upstream: MockUpstream): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: upstream.baseURL("openai-chat"), maxRetries: 0 });
}

export function anthropicSDK(upstream: MockUpstream): Anthropic {
  return new Anthropic({ apiKey: "sk-ant-test", baseURL: upstream.url, maxRetries: 0 });
}

export function geminiSDK(upstream: MockUpstream): GoogleGenAI {
  return new GoogleGenAI({ apiKey: "AIza-test", httpOptions: { baseUrl: upstream.url } });
}

/** A one-pixel PNG. */
export const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const pixelBytes = Buffer.from(pixel, "base64").length;

export const person = {
  type: "object",
  properties: {
    name: { type: "string" },
    age: { type: "integer", minimum: 18 },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["name", "age", "tags"],
  additionalProperties: false,
} as const;

export const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
} as const;
