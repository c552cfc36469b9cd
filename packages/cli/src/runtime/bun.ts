import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/bun";
import { serveOn } from "./_serve.ts";

/** Serves a built gateway on Bun. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  return serveOn(serve, definition);
}
