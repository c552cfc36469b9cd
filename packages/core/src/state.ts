import type { OpaqueState } from "./request.ts";

const prefix = "sl1.";

/**
 * Opaque state as one string for a carrier field. A value of the dialect's own domain stays bare; a foreign one travels in
 * the envelope `sl1.<domain>.<base64url>`, which also keeps its kind, id and format.
 */
export function sealState(state: OpaqueState, nativeDomain: string): string {
  const { domain, kind, data, id, format } = state;
  if (domain === nativeDomain && id === undefined && format === undefined) return data;
  const members =
    format === undefined ? [kind, data, ...(id === undefined ? [] : [id])] : [kind, data, id ?? null, format];
  return `${prefix}${domain}.${toBase64Url(JSON.stringify(members))}`;
}

/** Reads a carrier field back. A bare value belongs to `nativeDomain` and has the `kind` that its field implies. */
export function openState(value: string, nativeDomain: string, kind: OpaqueState["kind"]): OpaqueState {
  const bare: OpaqueState = { kind, domain: nativeDomain, data: value };
  if (!value.startsWith(prefix)) return bare;
  const dot = value.lastIndexOf(".");
  const domain = value.slice(prefix.length, dot);
  if (domain === "" || dot < prefix.length) return bare;
  try {
    const [sealedKind, data, id, format] = JSON.parse(fromBase64Url(value.slice(dot + 1))) as [
      OpaqueState["kind"],
      string,
      (string | null)?,
      string?,
    ];
    if (typeof data !== "string") return bare;
    const named = typeof id === "string" ? { id } : {};
    return { kind: sealedKind, domain, data, ...named, ...(typeof format === "string" ? { format } : {}) };
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
