import { isObject, parseJson } from "@sluice/core";
import type { OpaqueState, Part, ProviderPart } from "@sluice/core";

// Some dialects have no field for what another's vendor ran itself. There it travels as a block of reasoning without text,
// so that it comes back with the next turn.
const carrierId = "part";

/** What a vendor ran, as the state of a block. */
export function partCarrier({ format, item }: Pick<ProviderPart, "format" | "item">): OpaqueState {
  return { kind: "encrypted", domain: format, data: JSON.stringify(item), id: carrierId };
}

/** Takes what travelled so for what it is. */
export function adoptProviderParts(parts: readonly Part[]): Part[] {
  return parts.map((part) => (part.type === "reasoning" && part.text === "" ? (carried(part.state) ?? part) : part));
}

function carried(state: OpaqueState | undefined): ProviderPart | null {
  if (state?.id !== carrierId || state.kind !== "encrypted") return null;
  try {
    const item: unknown = parseJson(state.data);
    return isObject(item) ? { type: "provider", format: state.domain, item } : null;
  } catch {
    return null;
  }
}
