import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/node";
import { serveWithWorkers } from "./_with-workers.ts";

/** Serves a built gateway on Node. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  return serveWithWorkers(serve, definition);
}
