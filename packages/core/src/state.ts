import type { OpaqueState } from "./request.ts";

const prefix = "sl1.";

/**
 * Opaque state as one string for a carrier field. A value of the dialect's own domain stays bare; a foreign one travels in
 * the envelope `sl1.<domain>.<base64url>`, which also keeps its kind and id.
 */
export function sealState(state: OpaqueState, nativeDomain: string): string {
  if (state.domain === nativeDomain && state.id === undefined) return state.data;
  const { kind, data, id } = state;
  return `${prefix}${state.domain}.${toBase64Url(JSON.stringify(id === undefined ? [kind, data] : [kind, data, id]))}`;
}

/** Reads a carrier field back. A bare value belongs to `nativeDomain` and has the `kind` that its field implies. */
export function openState(value: string, nativeDomain: string, kind: OpaqueState["kind"]): OpaqueState {
  const bare: OpaqueState = { kind, domain: nativeDomain, data: value };
  if (!value.startsWith(prefix)) return bare;
  const dot = value.lastIndexOf(".");
  const domain = value.slice(prefix.length, dot);
  if (domain === "" || dot < prefix.length) return bare;
  try {
    const [sealedKind, data, id] = JSON.parse(fromBase64Url(value.slice(dot + 1))) as [
      OpaqueState["kind"],
      string,
      string?,
    ];
    if (typeof data !== "string") return bare;
    return { kind: sealedKind, domain, data, ...(id === undefined ? {} : { id }) };
  } catch {
    return bare;
  }
}

function toBase64Url(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
