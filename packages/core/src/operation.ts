import type { EmbeddingsRequest, EmbeddingsResult } from "./embeddings.ts";
import type { Usage, Warning } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { ImageEvent, ImagesRequest, ImagesResult } from "./images.ts";
import type { ModerationsRequest, ModerationsResult } from "./moderations.ts";
import type { ChatRequest, Origin } from "./request.ts";
import type { RerankRequest, RerankResult } from "./rerank.ts";
import type { SpeechEvent, SpeechRequest, SpeechResult } from "./speech.ts";
import type { TokenCountRequest, TokenCountResult } from "./token-count.ts";
import type { TranscriptionEvent, TranscriptionRequest, TranscriptionResult } from "./transcription.ts";
import type { VideoEvent, VideosRequest, VideosResult } from "./videos.ts";

/**
 * Every operation beside chat: what is asked and answered in the canonical form, and what a streamed answer brings.
 *
 * A new operation is a line here and a file of types of its own.
 */
export interface Operations {
  embeddings: Form<EmbeddingsRequest, EmbeddingsResult>;
  images: Form<ImagesRequest, ImagesResult, ImageEvent>;
  moderations: Form<ModerationsRequest, ModerationsResult>;
  rerank: Form<RerankRequest, RerankResult>;
  speech: Form<SpeechRequest, SpeechResult, SpeechEvent>;
  "token-count": Form<TokenCountRequest, TokenCountResult>;
  transcription: Form<TranscriptionRequest, TranscriptionResult, TranscriptionEvent>;
  videos: Form<VideosRequest, VideosResult, VideoEvent>;
}

/** `Event` is what a streamed answer brings beside `ResultEvent`s; `never` where answers are always whole. */
export interface Form<
  Request extends OperationRequestBase,
  Result extends OperationResultBase,
  Event extends { type: string } = never,
> {
  request: Request;
  result: Result;
  event: Event;
}

export type OperationName = keyof Operations;
export type RequestOf<Name extends OperationName> = Operations[Name]["request"];
export type ResultOf<Name extends OperationName> = Operations[Name]["result"];
export type EventOf<Name extends OperationName> = Operations[Name]["event"] | ResultEvent;

/** A request of any operation but chat, told apart by `operation`. */
export type OperationRequest = RequestOf<OperationName>;
export type OperationResult = ResultOf<OperationName>;
/** What plugins and the pipeline see as `request`: told apart by `operation`. */
export type ModelRequest = ChatRequest | OperationRequest;

/** What a request of every operation has. Read-only for plugins; a stage that changes it returns a new one. */
export interface OperationRequestBase {
  operation: string;
  /** The name that the client asked for; `""` where `pinned` says who is asked. */
  model: string;
  /** Whether the answer is wanted as it comes. */
  stream: boolean;
  /** False where the upstream makes something that must not exist twice: it is not sent again once it may have arrived. */
  repeatable?: false;
  /** What belongs to one channel, such as a job: this channel alone is asked, whatever names resolve to. */
  pinned?: { channel: string; model: string };
  /** End user, as the caller names them to the vendor. */
  user?: string;
  origin: Origin;
}

export interface OperationResultBase {
  /** The model as the upstream names it. */
  model: string | null;
  usage: Usage;
  warnings: Warning[];
  /** Not what an upstream measured but an estimate: the answer says so in `x-sluice-estimated`. */
  estimated?: true;
}

/**
 * What a streamed answer of any operation may bring beside its own events. `end` means that the answer is whole, by its
 * own terminator or the clean end of a body that has none; after `end` or `error` nothing follows.
 */
export type ResultEvent =
  | { type: "usage"; usage: Usage }
  | { type: "warning"; warning: Warning }
  | { type: "error"; failure: Failure }
  | { type: "end" };
