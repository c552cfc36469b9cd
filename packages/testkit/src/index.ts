export * from "./mock-upstream/index.ts";
export type { TransportAddresses } from "./transport-cases.ts";
export { startTransportServer, type TransportServer } from "./transport-server.ts";
export { testTransport } from "./transport-suite.ts";
export * from "./simulation/index.ts";
