import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/node";
import { serveOn } from "./_serve.ts";

/** Serves a built gateway on Node. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  return serveOn(serve, definition);
}
