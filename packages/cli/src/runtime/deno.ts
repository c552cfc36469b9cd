import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/deno";
import { serveOn } from "./_serve.ts";

/** Serves a built gateway on Deno. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  return serveOn(serve, definition);
}
