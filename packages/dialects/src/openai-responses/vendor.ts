import { isObject } from "@sluice/core";
import type { JsonObject, UpstreamTarget, Warning } from "@sluice/core";
import { isEffort, nearestEffort } from "../effort.ts";
import { likelyMaxOutput } from "../openai-chat/ask-reasoning.ts";
import { clampRanges, dropRefused, renameParameters } from "../openai-chat/vendor.ts";
import type { Fit } from "../openai-chat/vendor.ts";

/** Bends a body of this dialect to one vendor's ways, as its quirks tell. */
export function fitToVendor(body: JsonObject, target: UpstreamTarget, warn: (warning: Warning) => void): JsonObject {
  const { model, quirks, info } = target;
  const fit: Fit = { body: { ...body, model }, quirks, model, most: info?.maxOutputTokens ?? likelyMaxOutput, warn };
  for (const step of [fitEffort, dropRefused, clampRanges, renameParameters]) step(fit);
  return fit.body;
}

function fitEffort({ body, quirks, warn }: Fit): void {
  const { reasoning } = body;
  if (quirks.efforts === undefined || !isObject(reasoning) || !isEffort(reasoning.effort)) return;
  const { effort, changed } = nearestEffort(reasoning.effort, quirks.efforts);
  if (!changed) return;
  const message = `The model does not offer the effort ${reasoning.effort}; it was asked for ${effort}.`;
  body.reasoning = { ...reasoning, effort };
  warn({ code: "changed_parameter", message, field: "reasoning.effort" });
}
