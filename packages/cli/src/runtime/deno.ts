import type { GatewayDefinition } from "@sluice/core";
import { serve } from "srvx/deno";
import { serveOn } from "./_serve.ts";

/** Serves a built gateway on Deno. */
export function serveGateway(definition: GatewayDefinition): Promise<void> {
  const { SLUICE_WORKERS = "1" } = process.env;
  if (SLUICE_WORKERS !== "1") console.error("SLUICE_WORKERS is for Node and Bun: this is the only process.");
  return serveOn(serve, definition);
}
