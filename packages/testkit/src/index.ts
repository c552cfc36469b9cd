export * from "./mock-upstream/index.ts";
export { startTransportServer, type TransportAddresses, type TransportServer } from "./transport-server.ts";
export { testTransport } from "./transport-suite.ts";
export * from "./simulation/index.ts";
