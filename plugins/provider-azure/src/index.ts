export { azure, type AzureOptions } from "./azure.ts";
export { type EntraApplication } from "./entra.ts";
