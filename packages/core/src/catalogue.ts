import type { ModelPrice } from "./price.ts";

/** What a model can take or give; absent means unknown and is treated as able. */
export interface Abilities {
  tools?: boolean;
  vision?: boolean;
  files?: boolean;
  audio?: boolean;
  /** `response_format` with a JSON schema, natively. */
  schema?: boolean;
  json?: boolean;
  reasoning?: boolean;
  streaming?: boolean;
}

/** What goes into a model or comes out of it. `score` is what rerankers and classifiers give. */
export type Medium = "text" | "image" | "audio" | "video" | "file" | "embedding" | "score";

/** What a provider knows about one of its models. */
export interface ModelInfo {
  /** The upstream model id, without the provider. */
  id: string;
  name?: string;
  /** RFC 3339 date of release. */
  created?: string;
  contextTokens?: number;
  maxOutputTokens?: number;
  abilities?: Abilities;
  /** Which forms of asking for reasoning the model takes. */
  reasoning?: readonly ("effort" | "budget" | "adaptive" | "level")[];
  price?: ModelPrice;
  /** What it takes and gives. Absent means unknown. */
  modalities?: { input: readonly Medium[]; output: readonly Medium[] };
  /** Whether the vendor still offers it for new work. Absent means that nobody says otherwise. */
  status?: "preview" | "deprecated";
  /** A score that a public source gives, with who and when. */
  intelligence?: { score: number; source: string; date: string };
}
