import type { GatewayError } from "./errors.ts";
import type {
  AnyDialect,
  ClientCall,
  ClientRoute,
  FrameLimits,
  Patch,
  StreamWriter,
  UpstreamTarget,
} from "./dialect.ts";
import type { Warning } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { FormPart } from "./multipart.ts";
import type { EventOf, OperationName, RequestOf, ResultOf } from "./operation.ts";
import type { Quirks } from "./quirks.ts";
import type { Receipt } from "./receipt.ts";

/**
 * The wire format of one operation beside chat, as pure functions: what clients speak, what upstreams speak, or both.
 *
 * As for chat: a client's own dialect is preferred upstream, and then the body is patched and the answer's bytes pass;
 * any other pair of one operation is translated through the canonical request and result.
 */
export interface OperationDialect<Name extends OperationName = OperationName> {
  readonly id: string;
  readonly operation: Name;
  readonly client?: OperationClient<Name>;
  readonly upstream?: OperationUpstream<Name>;
}

/** What dialects of every operation have for clients: the routes, and the shape of errors and receipts. */
export interface ClientSurface {
  readonly routes: readonly ClientRoute[];
  /** What a plugin answers of this API, as `METHOD /path`: without the plugin, callers are told its name. */
  readonly pluginRoutes?: { plugin: string; routes: readonly string[] };
  /** Top-level body fields that the dialect knows. In strict mode any other field that is no extra is refused. */
  readonly fields: ReadonlySet<string>;
  /** What the dialect calls fields that it has under another name than the canonical request, by that one, for errors. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Top-level members that carry the receipt in an answer that is a JSON object. */
  receiptMembers(receipt: Receipt): JsonObject;
  /** An error body in this dialect's shape, with the receipt beside `error` as `sluice`. */
  encodeError(error: GatewayError, requestId: string, receipt: Receipt | null): JsonObject;
}

/** A client's request without its extras: the members of a JSON object or the fields of a form, and the files of a form. */
export interface RequestInput {
  /** Of a form, every field once as text; a field that came several times, or as `name[]`, as an array without the brackets. */
  fields: JsonObject;
  /** The files of a form, in the order in which they came. */
  files: readonly FormPart[];
}

export interface OperationClient<Name extends OperationName> extends ClientSurface {
  /** What bodies may be. A GET or DELETE never has one. @default ["json"] */
  readonly bodies?: readonly ("json" | "form")[];
  /** Throws `SLUICE_REQUEST_*` errors that name the field. */
  decodeRequest(input: RequestInput, call: ClientCall): RequestOf<Name>;
  /** The whole answer: a JSON object, which gets the receipt, or bytes of another type, which do not. */
  encodeResult(result: ResultOf<Name>, context: ResultContext<Name>): JsonObject | EncodedBytes;
  /** Top-level members to set in a result of this same dialect whose bytes pass, e.g. an `id` of the gateway's own. */
  patchResult?(result: ResultOf<Name>, context: ResultContext<Name>): Record<string, Json>;
  /** How streamed answers are written, where the operation has them. */
  readonly stream?: ResultStreaming<Name>;
}

export interface EncodedBytes {
  mediaType: string;
  bytes: Uint8Array;
}

export interface ResultStreaming<Name extends OperationName> {
  /** The content type of a translated stream. `upstream` is that of the vendor's answer, for bytes that pass through it. */
  type(request: RequestOf<Name>, upstream: string): string;
  /** Translates events. */
  createEncoder(context: ResultContext<Name>): StreamWriter<EventOf<Name>>;
  /** Passes frames of the same dialect. */
  createRelay(context: ResultContext<Name>): StreamWriter<ResultFrame<Name>>;
  /** A whole answer as the events of a stream, for vendors that do not stream. */
  replay(result: ResultOf<Name>): Iterable<EventOf<Name>>;
}

/** What an encoder needs to know about the request that it answers. */
export interface ResultContext<Name extends OperationName = OperationName> {
  requestId: string;
  /** Unix seconds. */
  created: number;
  /** The upstream model that answers, and the channel; null where no channel was asked. */
  model: string;
  channel: string | null;
  request: RequestOf<Name>;
  warn: (warning: Warning) => void;
}

/** One call to an upstream, without its base URL. */
export interface OperationRoute {
  method: "GET" | "POST" | "DELETE";
  /** Below the channel's base URL, with its leading slash. */
  path: string;
}

/** A further call of one attempt: where to ask for what the last answer said is being made, or lies elsewhere. */
export interface FurtherCall {
  method: "GET" | "POST";
  /** A path below the channel's base URL, or a whole URL. Another origin than the channel's gets no credential. */
  at: string;
  /** How long to wait first. @default 0 */
  waitMs?: number;
}

export interface EncodedOperation {
  /** JSON, the parts of a form, or no body. */
  body: JsonObject | readonly FormPart[] | null;
  warnings: Warning[];
  /** What the decoder of the answer needs to undo. Opaque to the core; an answer to it is translated, not relayed. */
  memo?: unknown;
}

/** A whole answer. `json` is undefined where the bytes are no JSON. */
export interface ResultBody {
  mediaType: string;
  bytes: Uint8Array;
  json: Json | undefined;
}

export interface ResultDecodeContext<Name extends OperationName = OperationName> {
  target: UpstreamTarget;
  request: RequestOf<Name>;
  memo?: unknown;
  headers: ReadonlyMap<string, string>;
}

/** A piece of a streamed answer, and what it stands for. Concatenated, the bytes of all frames are the body. */
export interface ResultFrame<Name extends OperationName = OperationName> {
  raw: Uint8Array;
  events: EventOf<Name>[];
}

/** Reads one streamed answer, in any pieces. Neither throws: what is wrong becomes an `error` event. */
export interface ResultDecoder<Name extends OperationName = OperationName> {
  push(piece: Uint8Array): ResultFrame<Name>[];
  /** The body has ended cleanly. */
  end(): ResultFrame<Name>[];
}

export interface OperationUpstream<Name extends OperationName> {
  route(request: RequestOf<Name>, target: UpstreamTarget): OperationRoute;
  /** Headers that every call needs, e.g. a version. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Request headers of a caller who speaks the same dialect, passed on as they are. */
  readonly passHeaders: readonly string[];
  /** What must change in a body that is already in this dialect: members of the JSON object, or fields of the form. */
  patchRequest(fields: JsonObject, request: RequestOf<Name>, target: UpstreamTarget): Patch;
  /** Pure and deterministic. Throws `SLUICE_REQUEST_*` for what cannot be kept. */
  encodeRequest(request: RequestOf<Name>, target: UpstreamTarget): EncodedOperation;
  /** Throws `AttemptError` of class `protocol`, or of the class that the body's own error names. */
  decodeResult(body: ResultBody, context: ResultDecodeContext<Name>): ResultOf<Name>;
  /**
   * For vendors that answer with a task: where to ask next, until null says that this answer is the result. A redirect is
   * such an answer too, without bytes: its `location` is in the context's headers. What was begun is never begun again.
   */
  next?(body: ResultBody, context: ResultDecodeContext<Name>): FurtherCall | null;
  /** The decoder of an answer that is to be passed on as it comes; null for one that is to be read whole. */
  decodeStream?(mediaType: string, context: ResultDecodeContext<Name>, limits: FrameLimits): ResultDecoder<Name> | null;
  /** Whether a client of the same dialect may get this answer as it is. @default always */
  relayable?(result: ResultOf<Name>, context: ResultDecodeContext<Name>): boolean;
  /** For a request that is too large for one call: smaller ones, made one after the other in one attempt, all or nothing. */
  readonly batch?: {
    split(request: RequestOf<Name>, target: UpstreamTarget): readonly RequestOf<Name>[];
    merge(results: readonly ResultOf<Name>[]): ResultOf<Name>;
  };
  /** Reads an error answer, in whatever shape it came. `body` is parsed JSON or text. */
  decodeError(status: number, headers: ReadonlyMap<string, string>, body: unknown, quirks: Quirks): Failure;
  /** Answers without a call, for channels of a chat vendor that has no such endpoint. */
  answer?(request: RequestOf<Name>): ResultOf<Name>;
}

/** Whether the dialect answers without a call to anybody. */
export function answersAlone(dialect: AnyDialect): boolean {
  return dialect.upstream !== undefined && "answer" in dialect.upstream;
}

/** Makes a dialect of one operation, with its types checked. */
export function defineOperationDialect<const Name extends OperationName>(
  dialect: OperationDialect<Name>,
): OperationDialect<Name> {
  return dialect;
}
