import { errors } from "./errors.ts";

/**
 * Guards a server on this machine against web pages that call it under a name of their own (DNS rebinding): such a page
 * could spend the keys of whoever visits it.
 */
export function guardHosts(
  fetch: (request: Request) => Promise<Response>,
  allowed: readonly string[],
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { hostname } = new URL(request.url);
    if (isLocalName(hostname) || allowed.includes(hostname)) return fetch(request);
    const { code, message, hint, status } = errors.CLI_FOREIGN_HOST(hostname);
    const body = {
      error: { message, type: "invalid_request_error", param: null, code: "foreign_host" },
      sluice: { code, hint },
    };
    return Response.json(body, { status });
  };
}

/** Names that resolve to this machine whatever a name server says. */
export function isLocalName(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}
