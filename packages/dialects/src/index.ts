import type { AnyDialect, Dialect, OperationDialect } from "@sluice/core";
import { anthropic } from "./anthropic/index.ts";
import { elevenlabsSpeech } from "./audio/elevenlabs-speech.ts";
import { elevenlabsTranscription } from "./audio/elevenlabs-transcription.ts";
import { geminiSpeech } from "./audio/gemini-speech.ts";
import { openaiSpeech } from "./audio/speech.ts";
import { openaiTranscription } from "./audio/transcription.ts";
import { cohereEmbeddings } from "./embeddings/cohere.ts";
import { geminiEmbeddings } from "./embeddings/gemini.ts";
import { openaiEmbeddings } from "./embeddings/openai.ts";
import { gemini } from "./gemini/index.ts";
import { falImages } from "./images/fal.ts";
import { geminiImages } from "./images/gemini.ts";
import { imagenImages } from "./images/imagen.ts";
import { midjourneyImages } from "./images/midjourney.ts";
import { openaiImages } from "./images/openai.ts";
import { replicateImages } from "./images/replicate.ts";
import { stabilityImages } from "./images/stability.ts";
import { openaiModerations } from "./moderations/openai.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiCompletions } from "./openai-completions/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import { cohereRerank } from "./rerank/cohere.ts";
import { jinaRerank } from "./rerank/jina.ts";
import { anthropicTokens } from "./token-count/anthropic.ts";
import { estimatedTokens } from "./token-count/estimated.ts";
import { geminiTokens } from "./token-count/gemini.ts";
import { openaiTokens } from "./token-count/openai.ts";
import { falVideos } from "./videos/fal.ts";
import { openaiVideos } from "./videos/openai.ts";
import { replicateVideos } from "./videos/replicate.ts";
import { geminiVideos } from "./videos/veo.ts";

export { anthropic, gemini, openaiChat, openaiCompletions, openaiResponses };
export { cohereEmbeddings, geminiEmbeddings, openaiEmbeddings };
export { falImages, geminiImages, imagenImages, midjourneyImages, replicateImages, stabilityImages };
export { elevenlabsSpeech, elevenlabsTranscription, geminiSpeech, openaiImages, openaiSpeech, openaiTranscription };
export { falVideos, geminiVideos, openaiVideos, replicateVideos };
export { cohereRerank, jinaRerank, openaiModerations };
export { anthropicTokens, estimatedTokens, geminiTokens, openaiTokens };

/**
 * The dialects of conversations, OpenAI's first: it is the one that answers where nothing says otherwise. Each can say all
 * that another can; legacy completions, which are a chat of one message, cannot.
 */
export const chatDialects: readonly Dialect[] = [openaiChat, openaiResponses, anthropic, gemini];

/** The dialects of every other operation. */
export const operationDialects: readonly OperationDialect[] = [
  openaiEmbeddings,
  geminiEmbeddings,
  cohereEmbeddings,
  openaiImages,
  geminiImages,
  imagenImages,
  stabilityImages,
  replicateImages,
  falImages,
  midjourneyImages,
  openaiSpeech,
  elevenlabsSpeech,
  geminiSpeech,
  openaiTranscription,
  elevenlabsTranscription,
  openaiVideos,
  geminiVideos,
  replicateVideos,
  falVideos,
  openaiModerations,
  jinaRerank,
  cohereRerank,
  openaiTokens,
  anthropicTokens,
  geminiTokens,
  estimatedTokens,
];

/** Every dialect: what a provider brings to a gateway. */
export const dialects: readonly AnyDialect[] = [...chatDialects, openaiCompletions, ...operationDialects];

export { budgetOf, effortOf, nearestEffort } from "./effort.ts";
export { batchesOf } from "./embeddings/batches.ts";
export { droppedFields } from "./losses.ts";
export { parseDataUrl, toDataUrl } from "./media.ts";
export type { InlineMedia } from "./media.ts";
export { digest, NameMap } from "./names.ts";
export type { NameRule } from "./names.ts";
export { lostRest } from "./rest.ts";
export { retryAfterMs } from "./retry-after.ts";
export { adaptSchema } from "./schema/index.ts";
export type { AdaptedSchema, SchemaLoss, SchemaTarget } from "./schema/index.ts";
export { createSseReader, sseEvent } from "./sse.ts";
export { callNames, toTurns } from "./turns.ts";
export type { Turn } from "./turns.ts";
