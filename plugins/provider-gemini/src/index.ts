import { defineProvider } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { catalogue, docs } from "./catalogue.ts";

/**
 * Google's Gemini API. The key travels in a header, never in the URL.
 *
 * @example providers: [gemini()] // reads GEMINI_API_KEY, else GOOGLE_API_KEY
 */
export const gemini = defineProvider({
  id: "gemini",
  name: "Google Gemini",
  dialects,
  speaks: [
    "gemini",
    "gemini-embeddings",
    "gemini-images",
    "imagen-images",
    "gemini-speech",
    "gemini-videos",
    "gemini-tokens",
  ],
  modelSpeaks: [["imagen-*", ["imagen-images"]]],
  baseURL: "https://generativelanguage.googleapis.com/v1beta",
  keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  auth: { type: "header", name: "x-goog-api-key" },
  models: catalogue,
  // Since Gemini 3 each query of a grounded answer is billed, before it the answer.
  modelQuirks: [
    ["gemini-2*", { searchesBilled: "answer" }],
    ["gemini-1*", { searchesBilled: "answer" }],
  ],
  docs,
});
