import { TransportError } from "../ports.ts";

/** The encodings of a body in the order in which they were applied. `identity` and empty entries are none. */
export function encodingsOf(contentEncoding: string | undefined): string[] {
  if (contentEncoding === undefined) return [];
  return contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
}

/** Stacked encodings multiply: a few bytes on the wire become any number decoded. */
export function assertFewEncodings(encodings: readonly string[], most: number): void {
  if (encodings.length <= most) return;
  throw new TransportError(
    "sent",
    `The upstream stacked ${encodings.length} content encodings; ${most} can be undone.`,
  );
}

/** Without the headers that describe the body as it was on the wire, once it is decoded. */
export function withoutEncoding(headers: Map<string, string>): Map<string, string> {
  headers.delete("content-encoding");
  headers.delete("content-length");
  return headers;
}
