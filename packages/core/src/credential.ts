import type { CallerCredential } from "./context.ts";
import { errors } from "./errors.ts";

const secretHeaders: readonly { name: string; place: CallerCredential["place"] }[] = [
  { name: "authorization", place: "authorization" },
  { name: "x-api-key", place: "x-api-key" },
  { name: "x-goog-api-key", place: "x-goog-api-key" },
  { name: "api-key", place: "api-key" },
];

/** Headers that no plugin, hook or log sees. */
export const hiddenHeaders: ReadonlySet<string> = new Set([
  ...secretHeaders.map(({ name }) => name),
  "cookie",
  "proxy-authorization",
]);

/**
 * The one credential of a call, from every place where the vendors' SDKs put it. The same key in two places is one key.
 *
 * Throws `SLUICE_AUTH_CONFLICT` for different ones, `SLUICE_AUTH_MALFORMED` for one that no key looks like.
 */
export function credentialOf(
  headers: ReadonlyMap<string, string>,
  query: URLSearchParams | null,
): CallerCredential | null {
  const found: CallerCredential[] = [];
  for (const { name, place } of secretHeaders) {
    const value = headers.get(name);
    if (value !== undefined) found.push({ place, value: readValue(place, value) });
  }
  if (query !== null && query.size > 0)
    for (const value of query.getAll("key")) found.push({ place: "query key", value: readValue("query key", value) });
  const [first] = found;
  if (found.some(({ value }) => value !== first?.value)) throw errors.AUTH_CONFLICT(found.map(({ place }) => place));
  return first ?? null;
}

function readValue(place: CallerCredential["place"], header: string): string {
  const value = place === "authorization" ? header.replace(/^Bearer( +|$)/i, "") : header;
  // Visible ASCII without spaces, quotes or commas: what remains of a second header, or of a scheme that is not Bearer, is none.
  if (!/^[!#-+\--~]{1,4096}$/.test(value)) throw errors.AUTH_MALFORMED(place);
  return value;
}
