import type { Json, JsonObject } from "@sluice/core";
import type { TargetRules } from "./targets.ts";

/** A keyword that the target could not be told, and where it stood: `#/properties/name`. */
export interface SchemaLoss {
  path: string;
  keyword: string;
}

/** Where the writer stands in the caller's schema. */
export interface Place {
  path: string;
  depth: number;
  /** References that are being written in place: meeting one again is recursion. */
  open: readonly string[];
}

/** What the keywords of one node need of the writer of the whole schema. */
export interface NodeWriter {
  readonly source: JsonObject;
  readonly rules: TargetRules;
  /** References that lead back to themselves. */
  readonly cyclic: ReadonlySet<string>;
  /** Writes a schema below this place. */
  child(schema: Json | undefined, place: Place, ...names: string[]): JsonObject;
  lose(place: Place, keyword: string): void;
}
