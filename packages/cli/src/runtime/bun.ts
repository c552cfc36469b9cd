import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/bun";
import { serveWithWorkers } from "./_with-workers.ts";

/** Serves a built gateway on Bun. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  return serveWithWorkers(serve, definition);
}
