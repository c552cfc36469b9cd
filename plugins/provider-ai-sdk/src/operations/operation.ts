import { arrayOf, isObject } from "@sluice/core";
import type { JsonObject, Patch, UpstreamTarget, Warning } from "@sluice/core";
import { decodeError } from "../dialect/failures.ts";
import { decodeWarning } from "../dialect/warnings.ts";

/** Where the transport finds the kind of model and its id. */
export function pathOf(kind: string, { model }: UpstreamTarget): string {
  return `/${kind}/${encodeURIComponent(model)}`;
}

/** The warnings of a package's result. */
export function warningsOf(result: JsonObject): Warning[] {
  return arrayOf(result["warnings"]).filter(isObject).map(decodeWarning);
}

/** What is the same for all operations: no client speaks these wires, so there is never a body to be patched. */
export const ownUpstream = {
  passHeaders: [],
  patchRequest: (): Patch => ({ set: {}, remove: [], warnings: [] }),
  relayable: () => false,
  decodeError,
};
