import type { OperationDialect } from "@sluice/core";
import { aiSdkEmbeddings } from "./embeddings.ts";
import { aiSdkRerank } from "./rerank.ts";

/** The wires of a package's other models, in process like that of its language models. */
export const operationDialects: readonly OperationDialect[] = [
  aiSdkEmbeddings as OperationDialect,
  aiSdkRerank as OperationDialect,
];
