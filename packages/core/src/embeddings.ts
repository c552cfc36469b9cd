import type { OperationRequestBase, OperationResultBase } from "./operation.ts";

/** One thing to embed: text, or tokens of the vendor's own tokeniser. */
export type EmbeddingInput = { type: "text"; text: string } | { type: "tokens"; tokens: number[] };

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
