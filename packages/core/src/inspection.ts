import type { ListedModel } from "./dialect.ts";

/** A gateway as it was resolved: plain data for `sluice inspect`, the banner and tests. No secret is in it. */
export interface Inspection {
  plugins: InspectedPlugin[];
  channels: InspectedChannel[];
  /** Aliases and patterns of the config. */
  models: { name: string; kind: "alias" | "pattern"; targets: string[] }[];
  /** Every HTTP route, in the order in which they are tried. */
  routes: { method: string; path: string; owner: string; operation: string }[];
  /** What `/v1/models` lists. */
  served: ListedModel[];
}

export interface InspectedPlugin {
  id: string;
  order: "pre" | "normal" | "post";
  uses: string[];
  stages: string[];
  extras: string[];
  routes: string[];
  hooks: string[];
  onError: "open" | "closed";
}

export interface InspectedChannel {
  id: string;
  provider: string;
  /** The provider's name for people. */
  name: string;
  mock: boolean;
  /** `ready`, or why it cannot serve. */
  state: "ready" | "no-key" | "disabled";
  /** Where the key came from: a variable, the config, or nothing because none is needed. */
  key:
    | { from: "variable"; variable: string }
    | { from: "config" }
    | { from: "none" }
    | { from: "missing"; variables: string[] };
  /** Origins that the credential may go to. */
  origins: string[];
  baseURL: string;
  speaks: string[];
  models: string[];
  priority: number;
  weight: number;
  region: string | null;
}
