import type { Abilities } from "./catalogue.ts";
import type { Target } from "./channel.ts";
import { errors } from "./errors.ts";
import type { SkippedTarget } from "./receipt.ts";
import type { ModelRequest } from "./operation.ts";
import type { Part } from "./request.ts";

interface Need {
  ability: keyof Abilities;
  /** For people. */
  name: string;
  /** The request field that needs it. */
  field: string;
}

/** What a request needs that not every model has. Schemas and JSON mode have substitutes, so they are no need. */
export function needsOf(request: ModelRequest): Need[] {
  if (request.operation !== "chat") return [];
  const needs: Need[] = [];
  const present = new Set<Part["type"]>();
  for (const { parts } of request.messages) for (const { type } of parts) if (type !== "text") present.add(type);
  if (request.tools?.length) needs.push({ ability: "tools", name: "tools", field: "tools" });
  if (present.has("image")) needs.push({ ability: "vision", name: "image input", field: "messages" });
  if (present.has("audio")) needs.push({ ability: "audio", name: "audio input", field: "messages" });
  if (present.has("file")) needs.push({ ability: "files", name: "file input", field: "messages" });
  return needs;
}

/** Takes out targets that are known to lack an ability. Throws `SLUICE_ROUTE_NO_CAPABLE_TARGET` when none is left. */
export function capable(
  targets: readonly Target[],
  request: ModelRequest,
): { targets: readonly Target[]; skipped: SkippedTarget[] } {
  const { operation } = request;
  if (!targets.every(({ channel }) => channel.operations.has(operation))) {
    const serving = targets.filter(({ channel }) => channel.operations.has(operation));
    if (serving.length === 0) throw errors.ROUTE_NO_CAPABLE_TARGET(request.model, operation, "model");
    const others = targets.filter((target) => !serving.includes(target));
    const { targets: able, skipped } = capable(serving, request);
    return {
      targets: able,
      skipped: [...others.map(({ id }) => ({ target: id, reason: `does not serve ${operation}` })), ...skipped],
    };
  }
  const needs = needsOf(request);
  if (needs.length === 0) return { targets, skipped: [] };
  const skipped: SkippedTarget[] = [];
  const able = targets.filter((target) => {
    const missing = needs.find(({ ability }) => target.info?.abilities?.[ability] === false);
    if (missing) skipped.push({ target: target.id, reason: `does not support ${missing.name}` });
    return !missing;
  });
  if (able.length === 0 && targets.length > 0) {
    const blocking = needs.find(({ ability }) => targets.some((target) => target.info?.abilities?.[ability] === false));
    throw errors.ROUTE_NO_CAPABLE_TARGET(request.model, blocking?.name ?? "the request", blocking?.field ?? "model");
  }
  return { targets: able, skipped };
}
