import { defineProvider } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { catalogue, docs } from "./catalogue.ts";
import { modelQuirks, modelSpeaks, quirks } from "./quirks.ts";

/**
 * OpenAI's own API.
 *
 * @example providers: [openai()] // reads OPENAI_API_KEY
 */
export const openai = defineProvider({
  id: "openai",
  name: "OpenAI",
  dialects,
  speaks: [
    "openai-chat",
    "openai-responses",
    "openai-completions",
    "openai-embeddings",
    "openai-images",
    "openai-speech",
    "openai-transcription",
    "openai-videos",
    "openai-moderations",
    "openai-tokens",
  ],
  modelSpeaks,
  baseURL: "https://api.openai.com/v1",
  keyVariables: ["OPENAI_API_KEY"],
  auth: { type: "bearer" },
  quirks,
  modelQuirks,
  models: catalogue,
  docs,
});
