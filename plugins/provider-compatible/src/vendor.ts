import type { Auth, Quirks } from "@sluice/core";

/** One row of the vendor table: what a provider needs that speaks a dialect of somebody else. */
export interface Vendor {
  /** For people. */
  name: string;
  /** No trailing slash; one for each dialect where they differ. */
  baseURL: string | Readonly<Record<string, string>>;
  /** Other base URLs of the vendor, to be given as `baseURL`. */
  elsewhere?: readonly string[];
  /** Environment variables that hold the key, first wins. Empty: a server of one's own, which needs none. */
  keyVariables: readonly string[];
  /** @default bearer */
  auth?: Auth;
  /** Dialects in order of preference. @default ["openai-chat"] */
  speaks?: readonly string[];
  quirks?: Quirks;
  /** Quirks by model glob; later rows win field by field. */
  modelQuirks?: readonly (readonly [glob: string, quirks: Quirks])[];
  /** Where the vendor describes its API, and the day it was read. */
  docs: { url: string; read: string };
  /** Whether everything in the row was found in the vendor's docs or in a maintained registry on that day. */
  verified: boolean;
  /** What was not found there. Present exactly when the row is not verified. */
  doubt?: string;
}
