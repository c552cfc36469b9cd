import { defineProvider } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { catalogue, docs } from "./catalogue.ts";
import { modelQuirks } from "./quirks.ts";

/**
 * Anthropic's own API. The `anthropic-version` header is the dialect's.
 *
 * @example providers: [anthropic()] // reads ANTHROPIC_API_KEY
 */
export const anthropic = defineProvider({
  id: "anthropic",
  name: "Anthropic",
  dialects,
  speaks: ["anthropic", "anthropic-tokens"],
  baseURL: "https://api.anthropic.com/v1",
  keyVariables: ["ANTHROPIC_API_KEY"],
  auth: { type: "header", name: "x-api-key" },
  modelQuirks,
  models: catalogue,
  docs,
});
