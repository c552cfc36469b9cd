export type { AiSdkProvider } from "./contract.ts";
export { aiSdk, type AiSdkOptions } from "./provider.ts";
