import type { Abilities } from "./catalogue.ts";
import type { Target } from "./channel.ts";
import { errors } from "./errors.ts";
import type { SkippedTarget } from "./receipt.ts";
import type { ModelRequest } from "./operation.ts";
import type { Part } from "./request.ts";
import { speaksFor } from "./upstream.ts";

interface Need {
  ability: keyof Abilities;
  /** For people. */
  name: string;
  /** The request field that needs it. */
  field: string;
}

const none: SkippedTarget[] = [];

/** The abilities that a request can need. */
export const needed: readonly (keyof Abilities)[] = ["tools", "vision", "audio", "files"];

/** What a request needs that not every model has. Schemas and JSON mode have substitutes, so they are no need. */
function needsOf(request: ModelRequest): Need[] {
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

/** What only an upstream of the client's own dialect can honour. */
function nativeNeed(request: ModelRequest): { dialect: string; field: string } | null {
  if (request.operation !== "chat" || request.nativeField === undefined) return null;
  return { dialect: request.origin.dialect, field: request.nativeField };
}

/** What is true of some targets together. Known once for each model, so that a plan of many targets need not ask each. */
export interface Common {
  /** Operations that every one of them serves. */
  operations: ReadonlySet<string>;
  /** Abilities that at least one of them lacks. */
  lacks: ReadonlySet<keyof Abilities>;
  /** Whether the channel of one of them must keep to all that is asked. */
  insists: boolean;
}

export function commonOf(targets: readonly Target[]): Common {
  const [first, ...others] = new Set(targets.map(({ channel }) => channel.spoken));
  const operations = [...(first?.keys() ?? [])].filter((operation) => others.every((spoken) => spoken.has(operation)));
  return {
    operations: new Set(operations),
    lacks: new Set(targets.flatMap(({ lacks }) => [...lacks])),
    insists: targets.some(({ channel }) => channel.options.unsupported === "error"),
  };
}

/** Takes out targets that are known to lack an ability. Throws `SLUICE_ROUTE_NO_CAPABLE_TARGET` when none is left. */
export function capable(
  targets: readonly Target[],
  request: ModelRequest,
  common: Common,
  mayNeed: (ability: keyof Abilities) => boolean,
): { targets: readonly Target[]; skipped: SkippedTarget[] } {
  const { operation } = request;
  if (!common.operations.has(operation)) {
    const serving = targets.filter(({ channel }) => channel.spoken.has(operation));
    if (serving.length === 0) throw errors.ROUTE_NO_CAPABLE_TARGET(request.model, operation, "model");
    const others = targets.filter((target) => !serving.includes(target));
    const { targets: able, skipped } = capable(serving, request, commonOf(serving), mayNeed);
    return {
      targets: able,
      skipped: [...others.map(({ id }) => ({ target: id, reason: `does not serve ${operation}` })), ...skipped],
    };
  }
  const native = nativeNeed(request);
  // Most targets lack nothing that might be needed: then nobody has to look at the request.
  const needs = [...common.lacks].some(mayNeed) ? needsOf(request) : [];
  if (needs.length === 0 && native === null) return { targets, skipped: none };
  const skipped: SkippedTarget[] = [];
  const able = targets.filter((target) => {
    const missing = needs.find(({ ability }) => target.lacks.has(ability))?.name;
    const foreign = native !== null && !speaksFor(target, operation).includes(native.dialect);
    const reason = foreign ? `does not speak ${native.dialect}` : missing && `does not support ${missing}`;
    if (reason) skipped.push({ target: target.id, reason });
    return !reason;
  });
  if (able.length === 0 && targets.length > 0) {
    if (native !== null && targets.every((target) => !speaksFor(target, operation).includes(native.dialect))) {
      throw errors.ROUTE_NO_CAPABLE_TARGET(request.model, native.field, native.field);
    }
    const blocking = needs.find(({ ability }) => targets.some(({ lacks }) => lacks.has(ability)));
    throw errors.ROUTE_NO_CAPABLE_TARGET(request.model, blocking?.name ?? "the request", blocking?.field ?? "model");
  }
  if (native === null) return { targets: able, skipped };
  // What lies with one account is not with the next.
  const home = able[0]?.channel;
  const strangers = able.filter(({ channel }) => channel !== home);
  skipped.push(...strangers.map(({ id }) => ({ target: id, reason: `${native.field} belongs to one channel` })));
  return { targets: able.filter(({ channel }) => channel === home), skipped };
}
