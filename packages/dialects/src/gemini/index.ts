import { receiptJson, Watch } from "@sluice/core";
import type { Dialect, FrameLimits, FrameReader, UpstreamTarget } from "@sluice/core";
import { createArrayReader, startsArray } from "../json-array.ts";
import { createSseReader } from "../sse.ts";
import { formOf } from "./answer.ts";
import { decodeReply, tapReply } from "./decode-reply.ts";
import { decodeRequest, fields } from "./decode-request.ts";
import { decoder } from "./decode-stream.ts";
import { encodeReply } from "./encode-reply.ts";
import { encodeRequest } from "./encode-request.ts";
import { GeminiEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { encodeModel, encodeModels } from "./models.ts";
import { patchRequest } from "./patch-request.ts";
import { GeminiRelay } from "./relay.ts";
import { modelOf, resourceOf, routes } from "./routes.ts";
import { watched } from "./signatures.ts";

/** Where media stand; of which kind they are is written in words without end. */
const media = ["inlineData", "inline_data", "fileData", "file_data"] as const;
const medium = media.map((name) => ["contents", name] as const);

/** The fields that have another name here, or lie deeper. */
const fieldNames = {
  messages: "contents",
  max_tokens: "generationConfig.maxOutputTokens",
  temperature: "generationConfig.temperature",
  top_p: "generationConfig.topP",
  top_k: "generationConfig.topK",
  stop: "generationConfig.stopSequences",
  seed: "generationConfig.seed",
  n: "generationConfig.candidateCount",
  logprobs: "generationConfig.responseLogprobs",
  frequency_penalty: "generationConfig.frequencyPenalty",
  presence_penalty: "generationConfig.presencePenalty",
  modalities: "generationConfig.responseModalities",
  response_format: "generationConfig.responseMimeType",
};

/** Google's generateContent, as its Gemini API has it: https://ai.google.dev/api/generate-content (read 2026-08). */
export const gemini: Dialect = {
  id: "gemini",
  client: {
    routes,
    fields,
    fieldNames,
    decodeRequest,
    watch: new Watch([...watched, ...media]),
    marks: { vision: medium, audio: medium, files: medium },
    encodeReply,
    createEncoder: (context) => new GeminiEncoder(context),
    createRelay: (context) => new GeminiRelay(context),
    streamType: (request) => (formOf(request) === "sse" ? "text/event-stream" : "application/json"),
    // Some clients of this wire fail on comments: an empty event, or white space between elements, says nothing.
    keepAlive: (request) => (formOf(request) === "sse" ? "\n\n" : "\n"),
    receiptMembers: (receipt) => ({ sluice: receiptJson(receipt) }),
    encodeError,
    encodeModels,
    encodeModel,
    modelOf,
  },
  upstream: {
    path,
    passHeaders: ["x-goog-api-client"],
    patchRequest,
    encodeRequest,
    decodeReply,
    tapReply,
    createFrameReader,
    decoder,
    relayable: (quirks) => quirks.finishReasons === undefined && quirks.patchStream !== true,
    decodeError,
  },
};

function path({ model }: UpstreamTarget, stream: boolean): string {
  return `/${resourceOf(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
}

/** One event may hold a whole image. */
const largestEvent = 32 * 1024 * 1024;

/** Events, as asked for; an upstream that does not know `alt=sse` answers with one JSON array. */
function createFrameReader(limits: FrameLimits): FrameReader {
  const bounds = { maxEventBytes: Math.max(limits.maxEventBytes, largestEvent) };
  let reader: FrameReader | null = null;
  const seen: Uint8Array[] = [];
  return {
    push(piece, quietEnd) {
      if (reader !== null) return reader.push(piece, quietEnd);
      seen.push(piece);
      const isArray = startsArray(piece);
      if (isArray === null) return [];
      const chosen = isArray ? createArrayReader(bounds) : createSseReader(bounds);
      reader = chosen;
      return seen.flatMap((each) => [...chosen.push(each)]);
    },
    end: () => (reader ?? createSseReader(bounds)).end(),
  };
}
