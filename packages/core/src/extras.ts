import { z } from "zod";
import type { JsonObject } from "./json.ts";

const name = z.string().min(1);
const names = z.preprocess(
  // A header has no arrays: `x-sluice-fallback: b, c`.
  (value) => (typeof value === "string" ? value.split(",").map((part) => part.trim()) : value),
  z.array(name).min(1).max(16),
);

/** Gateway-only request fields that every gateway knows. */
export const coreExtras = {
  /** Models to try after `model`, in order. */
  fallback: names.optional(),
  /** The same under OpenRouter's name; a first entry equal to `model` is not tried twice. */
  models: names.optional(),
  /** Seconds over all attempts. */
  timeout: z.number().positive().max(86_400).optional(),
  /** Calls to upstreams, at most. */
  attempts: z.number().int().min(1).max(10).optional(),
  /** Free labels, e.g. `{ team: "search" }`. */
  tags: z.record(z.string().max(64), z.string().max(256)).optional(),
  /** Where the receipt goes. */
  receipt: z.enum(["body", "headers"]).optional(),
  /** Turns every parameter that would be dropped into a refusal. */
  require_parameters: z.boolean().optional(),
  /** Options beyond every dialect, by provider: `{ bedrock: { … } }`. Providers that know none pass them over. */
  provider_options: z.record(z.string(), z.record(z.string(), z.json())).optional(),
};

export type CoreExtras = {
  fallback?: string[] | undefined;
  models?: string[] | undefined;
  timeout?: number | undefined;
  attempts?: number | undefined;
  tags?: Record<string, string> | undefined;
  receipt?: "body" | "headers" | undefined;
  require_parameters?: boolean | undefined;
  provider_options?: JsonObject | undefined;
};
