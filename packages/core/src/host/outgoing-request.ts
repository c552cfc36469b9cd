import { TransportError, type TransportRequest } from "../ports.ts";

/** What the runtime's HTTP client is given. */
export interface OutgoingRequest {
  address: Address;
  /** Lower-case names, the credential's included. */
  headers: Record<string, string>;
}

/** A URL in the pieces that clients ask for: its own getters make new strings each time. */
export interface Address {
  href: string;
  origin: string;
  /** With the query. */
  path: string;
}

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const control = /[\r\n\0]/;

// Framing and the connection are the transport's own. A caller that sets them could smuggle a second request.
const reserved = new Set(
  "host connection keep-alive content-length transfer-encoding te trailer upgrade expect proxy-authorization proxy-connection".split(
    " ",
  ),
);

const remembered = 500;

/**
 * Checks calls and attaches their credential, the last step before the network. One for each transport: the URLs and
 * header names of a gateway are few, and what was checked once need not be parsed again.
 */
export class Outbound {
  readonly #addresses = new Map<string, Address>();
  /** Header names as they were given, to their lower-case form. */
  readonly #names = new Map<string, string>();

  /** Throws `TransportError("refused")`. */
  check(request: TransportRequest): OutgoingRequest {
    const address = remember(this.#addresses, request.url, toAddress);
    if (request.isForeign) assertNamed(address);
    const headers: Record<string, string> = {};
    this.#add(headers, request.headers);
    // Added last: no header of the caller stands in for the credential's.
    if (request.credential !== null) this.#add(headers, request.credential.headersFor(request.url));
    return { address, headers };
  }

  #add(headers: Record<string, string>, more: Readonly<Record<string, string>>): void {
    for (const name of Object.keys(more)) {
      const value = more[name] as string;
      const key = remember(this.#names, name, toName);
      if (control.test(value)) throw refused(`The value of the header ${key} has a line break or NUL.`);
      headers[key] = value;
    }
  }
}

/** What is remembered is bounded: models, and with them URLs, are named by clients. */
function remember<T>(known: Map<string, T>, text: string, make: (text: string) => T): T {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = make(text);
  if (known.size >= remembered) known.clear();
  known.set(text, made);
  return made;
}

function toAddress(text: string): Address {
  const url = URL.parse(text);
  if (url === null) throw refused("The URL of the call is not valid.");
  // What names come to stand in a path must not choose another one.
  if (climbs.test(text)) throw refused("The URL of the call has parts that lead to another path.");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused("The URL of the call is not http or https.");
  if (url.username !== "" || url.password !== "") throw refused("The URL of the call has a user name or password.");
  return { href: url.href, origin: url.origin, path: url.pathname + url.search };
}

const climbs = /^[^?#]*[/\\](?:\.|%2e){1,2}(?:[/\\?#]|$)/i;

/** The URL parser writes every form of an IPv4 address with dots. */
function assertNamed({ href }: Address): void {
  const { hostname } = new URL(href);
  const isNumber = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  if (isNumber) throw refused("The URL of the call names no host.");
}

function toName(name: string): string {
  const key = name.toLowerCase();
  if (!token.test(name) || name === "__proto__") throw refused("A header name has characters that no header name has.");
  if (reserved.has(key)) throw refused(`The header ${key} belongs to the transport.`);
  return key;
}

function refused(message: string): TransportError {
  return new TransportError("refused", message);
}
