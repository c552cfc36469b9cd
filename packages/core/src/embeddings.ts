import type { JsonObject } from "./json.ts";
import type { OperationRequestBase, OperationResultBase } from "./operation.ts";

/** One thing to embed: text, tokens of the vendor's own tokeniser, or what only one dialect can say, such as a picture. */
export type EmbeddingInput =
  | { type: "text"; text: string }
  | { type: "tokens"; tokens: number[] }
  | { type: "provider"; format: string; item: JsonObject };

/** What the vectors are for, where the vendor makes different ones. */
export type EmbeddingPurpose =
  | "query"
  | "document"
  | "classification"
  | "clustering"
  | "similarity"
  | "question-answering"
  | "fact-verification"
  | "code-query";

export interface EmbeddingsRequest extends OperationRequestBase {
  operation: "embeddings";
  inputs: EmbeddingInput[];
  /** How the client wants its vectors written. */
  format: "float" | "base64";
  dimensions?: number;
  purpose?: EmbeddingPurpose;
  /** The title of the documents, where the vendor has one. */
  title?: string;
}

/** A vector as it came: numbers, or 32-bit floats, little-endian, in base64. */
export type Vector = readonly number[] | string;

export interface EmbeddingsResult extends OperationResultBase {
  /** One for each input, in its order. */
  vectors: Vector[];
}

/** How a vendor's embeddings differ from those of the dialect it speaks. */
export interface EmbeddingQuirks {
  /** Most inputs of one call; more are several calls. @default the dialect's */
  inputs?: number;
  /** Most tokens of one call, by an estimate that errs on the safe side. @default no limit */
  tokens?: number;
  /** The field that takes the number of dimensions; null where none does. @default the dialect's */
  dimensions?: string | null;
  /** The field that takes the format, and what each is called there; null is said by leaving it out. @default the dialect's */
  format?: { field: string; float: string | null; base64: string | null };
  /**
   * The field that takes the purpose, and what each is called there; `assumed` is told where the client has none and the
   * vendor insists, with a warning. @default none
   */
  purpose?: {
    field: string;
    names: Readonly<Partial<Record<EmbeddingPurpose, string>>>;
    assumed?: EmbeddingPurpose;
  };
}
