import type { AdmitContext } from "@sluice/core";

/** Whose responses a call may see: nobody else's key opens them, and those of callers without a key belong to all such. */
export async function ownerOf({ credential }: Pick<AdmitContext, "credential">): Promise<string> {
  if (credential === null) return "anyone";
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(credential.value)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
