import type { Body } from "./body.ts";
import type { Target } from "./channel.ts";
import type { Lifetime } from "./deadline.ts";
import type { DecodeContext, Dialect, UpstreamDialect } from "./dialect.ts";
import type { Warning } from "./event.ts";
import type { TakenExtras } from "./extras-reader.ts";
import type { Failure } from "./failure.ts";
import type { Policy } from "./plan.ts";
import type { Ports, TransportResponse } from "./ports.ts";
import type { ChatRequest } from "./request.ts";

/** What one call to an upstream needs. */
export interface UpstreamCall {
  target: Target;
  request: ChatRequest;
  /** The client's body, and what takes the extras off it, when no stage has changed the request. */
  original: { body: Body; taken: TakenExtras } | null;
  clientHeaders: ReadonlyMap<string, string>;
  policy: Policy;
  limits: { replyBytes: number; eventBytes: number };
  /** Of the request: what ends it ends the call. */
  life: Lifetime;
  ports: Ports;
  requireParameters: boolean;
  clientDialect: Dialect;
  /** Nobody reads the answer but the client. Where that is not sure yet, it is known when the answer is written. */
  isUnread: boolean;
}

/** What is known of a call beside its answer. Filled as it becomes known, also when the call fails. */
export interface CallNotes {
  dialect: string;
  status: number | null;
  upstreamRequestId: string | null;
  ttftMs: number | null;
  warnings: Warning[];
  /** Called when nothing of the call goes on: with its failure or null. The first call counts. */
  onEnd: (failure: Failure | null) => void;
}

/** One answer that is being read: everything that its readers share. */
export interface Reading {
  call: UpstreamCall;
  upstream: UpstreamDialect;
  dialect: string;
  response: TransportResponse;
  context: DecodeContext;
  /** Of the call. */
  life: Lifetime;
  notes: CallNotes;
  onContent: () => void;
}

/** Whether a client of the same dialect may get the bytes untouched. */
export function isRelayable({ call, upstream, context }: Reading): boolean {
  return upstream.relayable(call.target.quirks) && context.memo === undefined;
}

/** Whether some of an answer may stay unparsed where its bytes pass: one choice, that the client's own dialect would have read. */
export function mayStayUnread(reading: Reading): boolean {
  const { call, upstream, dialect } = reading;
  const { id, upstream: own } = call.clientDialect;
  return dialect === id && upstream === own && (call.request.sampling.n ?? 1) === 1 && isRelayable(reading);
}
