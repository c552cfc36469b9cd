export { mock, type MockFactory, type MockOptions } from "./provider.ts";
export { createMockTransport, type MockBehaviour, type MockPorts } from "./transport.ts";
export { tokensOf } from "./tokens.ts";
