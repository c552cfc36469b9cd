import type { TimeoutsConfig } from "@sluice/core";
import type { Server } from "srvx";
import type { Departure } from "./_departure.ts";
import { limitStall } from "./_slow-clients.ts";

/** Lets Node's server pass its own objects to the gateway: a web request and response for each call cost as much as the rest. */
export function passNodeObjects(server: Server, { handle }: Departure, timeouts?: TimeoutsConfig): void {
  const http = server.node?.server;
  if (!http || !handle || !("maxRequestsPerSocket" in http)) return;
  http.removeAllListeners("request");
  http.on("request", (request, response) => {
    handle(request, response).then(
      () => limitStall(response, timeouts),
      () => response.destroy(),
    );
  });
}
