import { createHash } from "node:crypto";

/** Cuts text into pretend tokens of at most four characters. Joined they are the text. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,4}|\s+/gu) ?? [];
}

/** The text in pieces of `size` tokens, as a vendor streams it. */
export function pieces(text: string, size: number): string[] {
  const tokens = tokensOf(text);
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at += size) out.push(tokens.slice(at, at + size).join(""));
  return out;
}

/** A repeatable id: letters and digits, from what it stands for. */
export function idOf(length: number, ...what: (string | number)[]): string {
  return createHash("sha256").update(what.join("\u0000")).digest("hex").slice(0, length);
}

const issuer = "mock-upstream";

/** A signature that only this upstream can have issued for the text. */
export function sign(text: string): string {
  return createHash("sha256").update(`${issuer}\u0000${text}`).digest("base64");
}

/** Whether the text comes back exactly as it was signed. */
export function isSigned(text: string, signature: unknown): boolean {
  return signature === sign(text);
}
