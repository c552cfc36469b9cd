import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/node";
import { keepRequestsYoung } from "./_heap.ts";
import { serveWithWorkers } from "./_with-workers.ts";

/** Serves a built gateway on Node. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  keepRequestsYoung();
  return serveWithWorkers(serve, definition);
}
