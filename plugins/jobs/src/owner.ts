import type { AdmitContext } from "@sluice/core";

/** Says whom a job belongs to; null where nobody is known. */
export type OwnerOf = (ctx: AdmitContext) => string | null;

/** The owner as it is stored: a hash, so that no key lies anywhere. Callers whom nobody knows are one owner. */
export async function ownerOf(ctx: AdmitContext, say: OwnerOf): Promise<string> {
  const owner = say(ctx);
  if (owner === null) return "anyone";
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(owner)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const byCredential: OwnerOf = ({ credential }) => credential?.value ?? null;
