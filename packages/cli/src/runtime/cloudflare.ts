import type { GatewayDefinition } from "@sluice/core";

/** A module worker. Bindings are named like the variables of other runtimes; the gateway reads those that are text. */
export interface Worker {
  fetch(request: Request, env?: Record<string, unknown>): Promise<Response>;
}

export function toWorker(definition: GatewayDefinition): Worker {
  return { fetch: (request, env = {}) => definition.fetch(request, env) };
}
