import { errors } from "./errors.ts";
import type { Site } from "./runtime/_departure.ts";

/**
 * Guards a server on this machine against web pages that call it under a name of their own (DNS rebinding): such a page
 * could spend the keys of whoever visits it.
 */
export function guardHosts({ fetch, handle }: Site, allowed: readonly string[]): Site {
  const isForeign = (hostname: string) => !isLocalName(hostname) && !allowed.includes(hostname);
  return {
    fetch(request) {
      const { hostname } = new URL(request.url);
      return isForeign(hostname) ? Promise.resolve(refusal(hostname)) : fetch(request);
    },
    handle:
      handle &&
      (async (request, response) => {
        const hostname = hostnameOf(request.headers.host);
        if (!isForeign(hostname)) return handle(request, response);
        const refused = refusal(hostname);
        response.writeHead(refused.status, { "content-type": "application/json" }).end(await refused.text());
      }),
  };
}

/** Without a port. A call without a host comes from no browser. */
function hostnameOf(host: string | undefined): string {
  return host === undefined ? "localhost" : (URL.parse(`http://${host}`)?.hostname ?? host);
}

function refusal(hostname: string): Response {
  const { code, message, hint, status } = errors.CLI_FOREIGN_HOST(hostname);
  const error = { message, type: "invalid_request_error", param: null, code: "foreign_host" };
  return Response.json({ error, sluice: { code, hint } }, { status });
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
