import type { Quirks } from "@sluice/core";
import { digest } from "../names.ts";

/** An id for a call that came without one: a pure function of where it stands, so that a replay gives the same. */
export function madeCallId(...place: readonly (string | number | null)[]): string {
  return `call_${digest(place.join("\0"), 24)}`;
}

type Pattern = NonNullable<Quirks["toolIdPattern"]>["source"];

const patterns: Record<Pattern, { valid: RegExp; make: (id: string) => string }> = {
  "nine-alphanumeric": { valid: /^[A-Za-z0-9]{9}$/, make: (id) => digest(id, 9) },
  "word-characters": { valid: /^[A-Za-z0-9_-]+$/, make: (id) => `call_${digest(id, 24)}` },
  "at-most-40": { valid: /^[^]{1,40}$/, make: (id) => `call_${digest(id, 24)}` },
};

/** The id as the vendor takes it. The vendor's own ids are valid, so nothing has to be mapped back. */
export function fittingCallId(id: string, pattern: Quirks["toolIdPattern"]): string {
  if (pattern === undefined) return id;
  const { valid, make } = patterns[pattern.source];
  return valid.test(id) ? id : make(id);
}
