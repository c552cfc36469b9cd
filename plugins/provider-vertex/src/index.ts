export { type ServiceAccount } from "./service-account.ts";
export { vertex, type VertexOptions } from "./vertex.ts";
