import { TransportError, type TransportRequest } from "../ports.ts";

/** What the runtime's HTTP client is given. */
export interface OutgoingRequest {
  url: URL;
  /** Lower-case names, the credential's included. */
  headers: Record<string, string>;
}

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const control = /[\r\n\0]/;

// Framing and the connection are the transport's own. A caller that sets them could smuggle a second request.
const reserved = new Set(
  "host connection keep-alive content-length transfer-encoding te trailer upgrade expect proxy-authorization proxy-connection".split(
    " ",
  ),
);

/** Checks a call and attaches its credential, the last step before the network. Throws `TransportError("refused")`. */
export function toOutgoing(request: TransportRequest): OutgoingRequest {
  const url = toUrl(request.url);
  const headers: Record<string, string> = Object.create(null);
  add(headers, request.headers);
  // Added last: no header of the caller stands in for the credential's.
  if (request.credential !== null) add(headers, request.credential.headersFor(request.url));
  return { url, headers };
}

function toUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw refused("The URL of the call is not valid.");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused("The URL of the call is not http or https.");
  if (url.username !== "" || url.password !== "") throw refused("The URL of the call has a user name or password.");
  return url;
}

function add(headers: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(more)) {
    const key = name.toLowerCase();
    if (!token.test(name)) throw refused("A header name has characters that no header name has.");
    if (reserved.has(key)) throw refused(`The header ${key} belongs to the transport.`);
    if (control.test(value)) throw refused(`The value of the header ${key} has a line break or NUL.`);
    headers[key] = value;
  }
}

function refused(message: string): TransportError {
  return new TransportError("refused", message);
}
