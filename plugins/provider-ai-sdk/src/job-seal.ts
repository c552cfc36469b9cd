import { AttemptError } from "@sluice/core";

/**
 * Jobs as clients hold them: what a package wants to hear of a video again, with a seal.
 *
 * Some packages have addresses in it, which they call with their key. Without a seal whoever makes an id up would choose
 * where that key goes.
 */
export interface JobSeal {
  /** A name of letters, digits, `-`, `_` and one `.`. */
  seal(modelId: string, operation: unknown): Promise<string>;
  /** Throws `AttemptError` for a name that was not made here, or for another model. */
  open(modelId: string, job: string): Promise<unknown>;
}

/** Without a secret of the operator's the seal is known to this process alone, and its jobs end with it. */
export function createJobSeal(secret?: string): JobSeal {
  const bytes = secret === undefined ? crypto.getRandomValues(new Uint8Array(32)) : encoder.encode(secret);
  const key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  return {
    async seal(modelId, operation) {
      const coded = toName(encoder.encode(JSON.stringify(operation)));
      const seal = await crypto.subtle.sign("HMAC", await key, sealed(modelId, coded));
      return `${coded}.${toName(new Uint8Array(seal))}`;
    },
    async open(modelId, job) {
      const [coded = "", seal = ""] = job.split(".");
      const bytesOfSeal = fromName(seal);
      const isOurs =
        bytesOfSeal !== null && (await crypto.subtle.verify("HMAC", await key, bytesOfSeal, sealed(modelId, coded)));
      const text = isOurs ? fromName(coded) : null;
      if (text === null)
        throw new AttemptError({ class: "invalid", status: 404, message: "there is no such video here" });
      return JSON.parse(new TextDecoder().decode(text)) as unknown;
    },
  };
}

const encoder = new TextEncoder();

function sealed(modelId: string, coded: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${modelId}\n${coded}`);
}

function toName(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromName(name: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(name.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
