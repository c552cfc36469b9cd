import type { GatewayDefinition } from "@sluice/core";

/** A module worker. Bindings are named like the variables of other runtimes; those that are no text stay with the platform. */
export interface Worker {
  fetch(request: Request, env?: Record<string, unknown>): Promise<Response>;
}

export function toWorker(definition: GatewayDefinition): Worker {
  return { fetch: (request, env = {}) => definition.fetch(request, textOf(env)) };
}

function textOf(env: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
