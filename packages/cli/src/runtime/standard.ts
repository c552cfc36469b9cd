import type { GatewayDefinition } from "@sluice/core";

/** A web-standard app: whoever can call `fetch(request)` can host it. */
export interface FetchApp {
  fetch(request: Request): Promise<Response>;
}

export function toFetchApp(definition: GatewayDefinition): FetchApp {
  return { fetch: (request) => definition.fetch(request) };
}
