import type { JsonObject } from "@sluice/core";
import type { ContractVersion } from "./contract.ts";

/** What a call needs beside its model. */
export interface BridgeCall {
  /** In the form of contract V4. */
  options: JsonObject;
  version: ContractVersion;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** Options that are the same in every contract. */
export function plainOptions({ options, headers, signal }: BridgeCall): never {
  return { ...options, headers, abortSignal: signal } as never;
}
