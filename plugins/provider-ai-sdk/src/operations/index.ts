import type { OperationDialect } from "@sluice/core";
import { aiSdkEmbeddings } from "./embeddings.ts";
import { aiSdkImages } from "./images.ts";
import { aiSdkRerank } from "./rerank.ts";
import { aiSdkSpeech } from "./speech.ts";
import { aiSdkTranscription } from "./transcription.ts";
import { aiSdkVideos } from "./videos.ts";

/** The wires of a package's other models, in process like that of its language models. */
export const operationDialects: readonly OperationDialect[] = [
  aiSdkEmbeddings as OperationDialect,
  aiSdkRerank as OperationDialect,
  aiSdkImages as OperationDialect,
  aiSdkSpeech as OperationDialect,
  aiSdkTranscription as OperationDialect,
  aiSdkVideos as OperationDialect,
];
