export { startTransportServer, type TransportAddresses, type TransportServer } from "./transport-server.ts";
export { testTransport } from "./transport-suite.ts";
