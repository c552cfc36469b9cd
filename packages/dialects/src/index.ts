import type { Dialect } from "@sluice/core";
import { anthropic } from "./anthropic/index.ts";
import { gemini } from "./gemini/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

export { anthropic, gemini, openaiChat, openaiResponses };

/** Every dialect, OpenAI's first: it is the one that answers where nothing says otherwise. */
export const dialects: readonly Dialect[] = [openaiChat, openaiResponses, anthropic, gemini];

export { budgetOf, effortOf, nearestEffort } from "./effort.ts";
export { parseDataUrl, toDataUrl } from "./media.ts";
export type { InlineMedia } from "./media.ts";
export { digest, NameMap } from "./names.ts";
export type { NameRule } from "./names.ts";
export { retryAfterMs } from "./retry-after.ts";
export { adaptSchema } from "./schema/index.ts";
export type { AdaptedSchema, SchemaLoss, SchemaTarget } from "./schema/index.ts";
export { createSseReader, sseEvent } from "./sse.ts";
export { callNames, toTurns } from "./turns.ts";
export type { Turn } from "./turns.ts";
