import { isObject } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, MayHold, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { withQuirks } from "./quirks.ts";
import { hasNoState, ownSignatures } from "./signatures.ts";

/** The path names the model, so little is left to change: signatures, and what the vendor's quirks say. */
export function patchRequest(
  body: JsonObject,
  _request: ChatRequest,
  target: UpstreamTarget,
  mayHold?: MayHold,
): Patch {
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => void warnings.push(warning);
  const set: Record<string, Json> = {};
  const remove: string[] = body["model"] === undefined ? [] : ["model"];

  const contents = mayHold && hasNoState(target, mayHold) ? null : ownSignatures(body["contents"], target, warn);
  if (contents !== null) set["contents"] = contents;
  for (const key of ["generationConfig", "generation_config"]) {
    const config = body[key];
    const edited = isObject(config) ? withQuirks(config, target.quirks, warn) : null;
    if (edited !== null && JSON.stringify(edited) !== JSON.stringify(config)) set[key] = edited;
  }
  for (const field of Object.keys(body)) {
    if (!target.quirks.refuse?.includes(field)) continue;
    remove.push(field);
    warn({ code: "dropped_parameter", message: `The upstream does not take ${field}.`, field });
  }
  return { set, remove, warnings };
}
