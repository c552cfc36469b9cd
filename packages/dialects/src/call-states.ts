import type { OpaqueState, Part, ToolCallPart } from "@sluice/core";

// Some dialects have no field for the state of a call. There it travels as a block of reasoning without text before the
// call, whose id says which call it belongs to.
const callPrefix = "call:";

/** A call's state as that of the block before it, if it has any. */
export function callCarrier({ id, state }: Pick<ToolCallPart, "id" | "state">): OpaqueState | null {
  return state === undefined ? null : { ...state, id: `${callPrefix}${id}` };
}

/** Gives calls the state that travelled before them. */
export function adoptCallStates(parts: readonly Part[]): Part[] {
  const states = new Map<string, OpaqueState>();
  for (const part of parts) {
    const id = callOf(part);
    if (id === null || part.type !== "reasoning" || part.state === undefined) continue;
    const { kind, domain, data } = part.state;
    states.set(id, { kind, domain, data });
  }
  if (states.size === 0) return [...parts];
  return parts.flatMap((part) => {
    if (part.type === "tool-call" && states.has(part.id))
      return [{ ...part, state: states.get(part.id) as OpaqueState }];
    return callOf(part) === null ? [part] : [];
  });
}

function callOf(part: Part): string | null {
  const id = part.type === "reasoning" && part.text === "" ? part.state?.id : undefined;
  return id?.startsWith(callPrefix) ? id.slice(callPrefix.length) : null;
}
