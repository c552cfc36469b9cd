import type { MayHold } from "./body.ts";
import type { Abilities, ModelInfo } from "./catalogue.ts";
import type { GatewayError } from "./errors.ts";
import type { StreamEvent, Usage, Warning } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { OperationName } from "./operation.ts";
import type { ClientSurface, OperationDialect } from "./operation-dialect.ts";
import type { Quirks } from "./quirks.ts";
import type { Receipt } from "./receipt.ts";
import type { Reply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import type { Watch } from "./watch.ts";

/**
 * A wire format, as pure functions: what clients speak (`client`), what upstreams speak (`upstream`), or both.
 *
 * Nothing here waits, reads a clock or keeps state between streams; all state belongs to one attempt.
 */
export interface Dialect {
  readonly id: string;
  /** A dialect serves one operation; those of others are an `OperationDialect`. @default "chat" */
  readonly operation?: "chat";
  readonly client?: ClientDialect;
  readonly upstream?: UpstreamDialect;
}

/** A dialect of whatever operation. */
export type AnyDialect = Dialect | OperationDialect;

/** What a route of a client dialect asks for. */
export type Operation = "chat" | "models" | "model" | OperationName;

/** One HTTP call by a client, before its body is read. Header names are lower-case. */
export interface ClientCall {
  method: string;
  /** Decoded path, without the query. */
  path: string;
  /** Raw path as the client sent it, percent-encoding kept. */
  rawPath: string;
  query: URLSearchParams;
  headers: ReadonlyMap<string, string>;
}

export interface ClientRoute {
  method: "GET" | "POST" | "DELETE";
  /** Pattern with `:name` for a segment and `**` for the rest: `/v1/models/**`. */
  path: string;
  /** The operation, or a function of the call where the path alone does not say (null is a 404). */
  operation: Operation | ((call: ClientCall) => Operation | null);
  /** Whether this dialect claims a call to a path that several dialects share. The one without `claims` is the default. */
  claims?: (call: ClientCall) => boolean;
}

/** One model as the lists of `/v1/models` show it. */
export interface ListedModel {
  /** The name that a client may ask for. */
  id: string;
  /** Who serves it: a provider id, or `sluice` for an alias of this gateway. */
  ownedBy: string;
  info: ModelInfo | null;
}

/** What an encoder needs to know about the request that it answers. Times are Unix seconds. */
export interface AnswerContext {
  requestId: string;
  /** The first byte of the attempt. */
  created: number;
  /** The upstream model that answers. */
  model: string;
  request: ChatRequest;
  /** Says what this dialect cannot show of the answer, before the receipt is written. */
  warn: (warning: Warning) => void;
}

/**
 * Writes one streamed answer. `write` and `relay` results leave at once; the tail is written by `end` or `fail`.
 *
 * The last JSON event is held until `end`, because it carries the receipt (null when the body is to stay bare).
 */
export interface StreamWriter<Input> {
  write(input: Input): string | Uint8Array;
  end(receipt: Receipt | null): string | Uint8Array;
  /** An honest end: the dialect's in-band error and no normal finish. */
  fail(error: GatewayError, receipt: Receipt | null): string | Uint8Array;
}

export interface ClientDialect extends ClientSurface {
  /**
   * Throws `SLUICE_REQUEST_*` errors that name the field. Large members are parsed when they are read, and `mayHold` knows
   * without reading what is not in them: the history of a large request may be decoded for whoever asks for it.
   */
  decodeRequest(body: JsonObject, call: ClientCall, mayHold?: MayHold): ChatRequest;
  /** Texts that the codecs of this dialect ask `mayHold` for. */
  readonly watch?: Watch;
  /**
   * What stands in every body that asks for an ability: without any of these in the member, the request needs it not, and
   * its history need not be read to know.
   */
  readonly marks?: Readonly<Partial<Record<keyof Abilities, readonly (readonly [member: string, text: string])[]>>>;
  encodeReply(reply: Reply, context: AnswerContext): JsonObject;
  /** Translates canonical events (codec path). */
  createEncoder(context: AnswerContext): StreamWriter<StreamEvent>;
  /** Passes frames of the same dialect (byte path); frames leave untouched but for the one with the receipt. */
  createRelay(context: AnswerContext): StreamWriter<Frame>;
  /** Content type of a streamed answer to this request. */
  streamType(request: ChatRequest): string;
  /** What is written when a stream must be kept awake; content for nobody. */
  keepAlive(request: ChatRequest): string;
  encodeModels(models: readonly ListedModel[], call: ClientCall): JsonObject;
  encodeModel(model: ListedModel, call: ClientCall): JsonObject;
  /** The model name in a path such as `/v1/models/{id}`, decoded. */
  modelOf(call: ClientCall): string;
}

/** The target of one attempt, as far as a codec may know it. */
export interface UpstreamTarget {
  /** Upstream model id. */
  model: string;
  quirks: Quirks;
  info: ModelInfo | null;
  /** Opaque state is sent only to the domain that it came from. */
  stateDomain: string;
}

/** Top-level edits of a client's body for an upstream of the same dialect. Everything else stays as it was, in order. */
export interface Patch {
  set: Record<string, Json>;
  remove: string[];
  warnings: Warning[];
}

export interface EncodedRequest {
  body: JsonObject;
  warnings: Warning[];
  /** Headers that this request needs, lower-case; a value stands behind what the channel already sends under the name. */
  headers?: Readonly<Record<string, string>>;
  /** What the decoder of the answer needs to undo (renamed tools, mapped ids, adapted schemas). Opaque to the core. */
  memo?: unknown;
}

/** One wire event of a streamed answer: the bytes as they came, and the text that they carry. */
export interface WireFrame {
  /** Every byte of the frame, its terminator included. Concatenated, frames are the body; a last one that was left open is closed. */
  raw: Uint8Array;
  /** The `event` field of SSE, or null. */
  event: string | null;
  /** Empty for a block that is no event, such as a keep-alive comment: decoders skip it, relays pass it on. */
  data: string;
}

/** A wire frame with the canonical events that it stood for. */
export interface Frame extends WireFrame {
  events: StreamEvent[];
}

export interface DecodeContext {
  target: UpstreamTarget;
  request: ChatRequest;
  memo?: unknown;
}

/**
 * Decodes a stream as a reducer. `step` may change `state` in place and returns the events of one frame; `end` is
 * called once when the body ended cleanly. Neither throws: what is wrong becomes an `error` event.
 */
export interface StreamDecoder<State> {
  initial(context: DecodeContext): State;
  step(state: State, frame: WireFrame): StreamEvent[];
  end(state: State): StreamEvent[];
  /**
   * Where the quiet run ends that begins at `start` of a text of whole events; `start` if there is none, and when in doubt.
   * Quiet is more of the content that `state` has already seen begin: no finish, usage, error, call or terminator. Such a
   * run may be relayed as one frame without events and never decoded: what follows must decode as if it had been.
   * Asked only once a frame was decoded that has characters of content.
   */
  quietEnd?(state: State, text: string, start: number): number;
}

export interface UpstreamDialect {
  /** Path below the channel's base URL, with its leading slash. */
  path(target: UpstreamTarget, stream: boolean): string;
  /** Headers that every call needs, e.g. a version. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Content type of a streamed answer. @default "text/event-stream" */
  readonly streamType?: string;
  /** Request headers of a caller who speaks the same dialect, passed on as they are. */
  readonly passHeaders: readonly string[];
  /**
   * Whether everything that a request asks for can be said here to this target. Of several dialects that a channel speaks,
   * the client's own is used, else the first that can. @default true
   */
  expresses?(request: ChatRequest, target: UpstreamTarget): boolean;
  /**
   * What must change in a body that is already in this dialect. Reading a large member of `body` parses it: ask `mayHold`
   * first, where it is given: it knows for certain what is not in there.
   */
  patchRequest(body: JsonObject, request: ChatRequest, target: UpstreamTarget, mayHold?: MayHold): Patch;
  /** Pure and deterministic: the same request gives the same bytes. Throws `SLUICE_REQUEST_*` for what cannot be kept. */
  encodeRequest(request: ChatRequest, target: UpstreamTarget): EncodedRequest;
  /** Throws `AttemptError` of class `protocol`, or of the class that the body's own error names. */
  decodeReply(body: JsonObject, context: DecodeContext): Reply;
  /**
   * The usage of an answer that passes as it came and that nobody else reads, without decoding the rest; null for
   * everything that is not plainly a whole answer, which `decodeReply` then judges. Both must find the same usage.
   */
  tapReply?(body: JsonObject, context: DecodeContext): Usage | null;
  /** Cuts the body of one streamed answer into frames. */
  createFrameReader(limits: FrameLimits): FrameReader;
  readonly decoder: StreamDecoder<unknown>;
  /** Whether streamed frames of such a vendor can be relayed untouched. */
  relayable(quirks: Quirks): boolean;
  /** Reads an error answer, in whatever shape it came. `body` is parsed JSON or text. */
  decodeError(status: number, headers: ReadonlyMap<string, string>, body: unknown, quirks: Quirks): Failure;
}

export interface FrameLimits {
  maxEventBytes: number;
}

/** `StreamDecoder.quietEnd` for the state of one stream. */
export type QuietEnd = (text: string, start: number) => number;

/** Cuts bytes into frames as they arrive, in any pieces. Throws `AttemptError` (`protocol`) when an event is too large. */
export interface FrameReader {
  /**
   * The frames that are complete with this piece; they must be taken before the next. With `quietEnd`, which is asked when
   * all frames before are taken, a quiet run is one frame without data.
   */
  push(piece: Uint8Array, quietEnd?: QuietEnd): Iterable<WireFrame>;
  /** The body has ended: what is left is a frame if it is whole. */
  end(): WireFrame[];
}

/** The frames of a whole body, one by one. */
export async function* cutFrames(
  upstream: Pick<UpstreamDialect, "createFrameReader">,
  body: AsyncIterable<Uint8Array>,
  limits: FrameLimits,
): AsyncGenerator<WireFrame, void, void> {
  const reader = upstream.createFrameReader(limits);
  for await (const piece of body) yield* reader.push(piece);
  yield* reader.end();
}

/** Hides a decoder's state type at the edge of a dialect. */
export function defineDecoder<State>(decoder: StreamDecoder<State>): StreamDecoder<unknown> {
  return decoder as StreamDecoder<unknown>;
}
