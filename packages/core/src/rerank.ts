import type { OperationRequestBase, OperationResultBase } from "./operation.ts";
import type { JsonObject } from "./json.ts";

/** Text, or an object of fields as the vendor takes it. */
export type RerankDocument = { type: "text"; text: string } | { type: "fields"; fields: JsonObject };

export interface RerankRequest extends OperationRequestBase {
  operation: "rerank";
  query: string;
  documents: RerankDocument[];
  /** How many results are wanted. @default all */
  top?: number;
  /** Whether results repeat their documents. */
  includeDocuments?: boolean;
  /** Longer documents are cut. */
  documentTokens?: number;
}

export interface RerankResult extends OperationResultBase {
  id: string | null;
  /** By falling score; `index` counts in the request's documents. */
  ranking: { index: number; score: number }[];
}
