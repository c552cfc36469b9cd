import { isWithoutTrace } from "./attempts.ts";
import type { OperationAnswer, ResultAnswer } from "./answer.ts";
import type { Target } from "./channel.ts";
import { Lifetime } from "./deadline.ts";
import { errors } from "./errors.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { FurtherCall, OperationDialect, OperationUpstream, ResultDecodeContext } from "./operation-dialect.ts";
import type { OperationName, OperationRequest, OperationResult } from "./operation.ts";
import { encodeSendings } from "./operation-sending.ts";
import type { OperationCall, Sending } from "./operation-sending.ts";
import type { TransportResponse } from "./ports.ts";
import { readBody, readResultStream, toResult } from "./result-reading.ts";
import type { ResultReading } from "./result-reading.ts";
import { TransportCall } from "./transport-call.ts";
import type { CallNotes } from "./upstream-call.ts";
import { failureOf, seenFrom } from "./upstream-failure.ts";
import { readRefusal, typeOf } from "./upstream-reply.ts";
import { requestIdOf, speaksFor } from "./upstream.ts";

/**
 * Makes one call and returns its answer: a whole one when it is complete and valid, a streamed one with its first content.
 * A request too large for one call of the vendor is several, one after the other. Throws `AttemptError`.
 */
export async function callOperation(
  call: OperationCall,
  open: (dialect: string) => CallNotes,
): Promise<OperationAnswer> {
  const { target, request, ports, dispatched } = call;
  if (dispatched.failure) throw new AttemptError(dispatched.failure);
  const dialect = operationDialectFor(target, request);
  const upstream = dialect.upstream as OperationUpstream<OperationName>;
  if (upstream.answer) return answerAlone(upstream.answer(request));
  const sendings = encodeSendings(call, dialect, upstream);
  const notes = open(dialect.id);
  for (const { warnings } of sendings) notes.warnings.push(...warnings);
  const life = new Lifetime(ports, call.life);
  // Also ends a call whose stream nobody ever began to read.
  life.onAbort(() => notes.onEnd(failureOf(life.reason, life, target)));
  if (request.repeatable === false) dispatched.failure = sentAlready;
  const { replyBytes: left } = call.limits;
  const line: Line = { call, dialect, upstream, notes, life, left, begun: false, jumps: 0, misses: 0, isAbroad: false };
  try {
    const answers: OperationAnswer[] = [];
    for (const sending of sendings) {
      answers.push(await exchange(line, sending));
      line.begun = true;
    }
    const answer = answers.length === 1 ? (answers[0] as OperationAnswer) : merge(upstream, answers);
    if (answer.kind === "result") {
      life.end();
      notes.onEnd(null);
    }
    return answer;
  } catch (thrown) {
    const failure = afterBegin(line, seenFrom(notes.status, failureOf(thrown, life, target)));
    if (request.repeatable === false) dispatched.failure = isWithoutTrace(failure) ? null : failure;
    life.abort(new AttemptError(failure));
    life.end();
    notes.onEnd(failure);
    throw new AttemptError(failure);
  }
}

/** A refusal to tell how far something is does not mean that it was not begun. */
function afterBegin({ begun }: Line, failure: Failure): Failure {
  return begun ? { ...failure, begun: true } : failure;
}

const sentAlready: Failure = { class: "local", message: "it was sent already, and what it makes must not exist twice" };

/** The client's own dialect if the channel speaks it, else the channel's first of the operation, else one that needs no call. */
function operationDialectFor(target: Target, { operation, origin }: OperationRequest): OperationDialect {
  const { dialects } = target.channel.provider;
  const speaks = speaksFor(target, operation);
  const id = speaks.includes(origin.dialect) ? origin.dialect : speaks[0];
  const dialect = dialects.find(
    (known) =>
      known.operation === operation && (id === undefined ? isAlone(known as OperationDialect) : known.id === id),
  ) as OperationDialect | undefined;
  if (!dialect?.upstream) throw errors.ROUTE_NO_CAPABLE_TARGET(target.id, operation, "model");
  return dialect;
}

function isAlone({ upstream }: OperationDialect): boolean {
  return upstream?.answer !== undefined;
}

function answerAlone(result: OperationResult): ResultAnswer {
  return { kind: "result", source: "gateway", dialect: null, result, bytes: null, mediaType: "application/json" };
}

/** What the calls of one attempt share. */
interface Line {
  call: OperationCall;
  dialect: OperationDialect;
  upstream: OperationUpstream<OperationName>;
  notes: CallNotes;
  life: Lifetime;
  /** How many bytes the answers may still have that are kept until all of them are there. */
  left: number;
  /** Whether an answer has come that shows that the vendor has begun. */
  begun: boolean;
  /** How often the vendor pointed elsewhere without a wait; a circle must end. */
  jumps: number;
  /** How often it could not be said how far the work is. */
  misses: number;
  /** Whether an answer led to another host than the channel's. No key goes along, and none comes back with it. */
  isAbroad: boolean;
}

async function exchange(line: Line, sending: Sending): Promise<OperationAnswer> {
  const { call, upstream, notes } = line;
  const started = call.ports.clock.monotonic();
  const { request, memo } = sending;
  const first = upstream.route(request, call.target.codec);
  line.isAbroad = false;
  let response = await send(line, sending, baseOf(line) + first.path, first.method);
  let last: FurtherCall | null = null;
  for (;;) {
    notes.status = response.status;
    notes.upstreamRequestId ??= requestIdOf(response.headers);
    const context: ResultDecodeContext = { target: call.target.codec, request, memo, headers: response.headers };
    const onContent = () => {
      notes.ttftMs ??= Math.round(call.ports.clock.monotonic() - started);
    };
    const reading: ResultReading = { ...line, response, context, onContent };
    if (response.status < 200 || response.status > 299) {
      const elsewhere = redirection(upstream, response, context) ?? (looksAgain(line, last, response) ? last : null);
      if (elsewhere === null) throw await refusal(line, response);
      await response.body[Symbol.asyncIterator]().return?.();
      response = await askFurther(line, elsewhere);
      continue;
    }
    const decoder = upstream.decodeStream?.(typeOf(response), context, { maxEventBytes: call.limits.eventBytes });
    if (decoder) return readResultStream(reading, decoder);
    const body = await readBody(reading);
    const further = upstream.next?.(body, context) ?? null;
    if (further === null) {
      line.left -= body.bytes.length;
      return toResult(reading, body);
    }
    last = further;
    response = await askFurther(line, further);
  }
}

/** How often in one attempt a vendor may be too busy to say how far it is. */
const mostMisses = 3;

/** To look again is not to order again: what is paid for is not given up for a moment in which nobody could say how far it is. */
function looksAgain(line: Line, last: FurtherCall | null, { status }: TransportResponse): boolean {
  if (last?.method !== "GET" || !last.waitMs || (status !== 429 && status < 500)) return false;
  line.misses += 1;
  return line.misses <= mostMisses;
}

/** Dialects that ask further may be sent elsewhere; for every other a redirect is a refusal. */
function redirection(
  upstream: OperationUpstream<OperationName>,
  { status, headers }: TransportResponse,
  context: ResultDecodeContext,
): FurtherCall | null {
  if (status < 300 || status > 399 || !upstream.next || !headers.has("location")) return null;
  return upstream.next({ bytes: new Uint8Array(0), mediaType: "", json: undefined }, context);
}

/** What another host says speaks neither for nor against the channel's key and quota. */
async function refusal({ call, upstream, life, isAbroad }: Line, response: TransportResponse): Promise<AttemptError> {
  if (!isAbroad) return readRefusal({ call, upstream, response, life });
  const { status } = response;
  await response.body[Symbol.asyncIterator]().return?.();
  return new AttemptError({ class: "protocol", status, message: `where the answer lies, the status is ${status}` });
}

function baseOf({ call, dialect }: Line): string {
  return call.target.channel.baseURL(dialect.id);
}

const mostJumps = 5;

/** Asks for what was begun. Whatever becomes of that, nothing says that the vendor has begun nothing. */
async function askFurther(line: Line, { method, at, waitMs = 0 }: FurtherCall): Promise<TransportResponse> {
  const { call, life } = line;
  line.jumps = waitMs > 0 ? 0 : line.jumps + 1;
  if (line.jumps > mostJumps) throw new AttemptError({ class: "protocol", message: "the answer points in a circle" });
  if (waitMs > 0) await life.pause(waitMs);
  if (life.aborted) throw life.reason;
  line.begun = true;
  const nothing: Sending = { request: call.request, body: null, mediaType: null, warnings: [] };
  return send(line, nothing, urlOf(at, baseOf(line)), method);
}

/** Vendors say where their files lie, on hosts of their own: public names, and never in the clear where the API is not. */
function urlOf(at: string, base: string): string {
  if (at.startsWith("/")) return base + at;
  const refused = (why: string) => new AttemptError({ class: "protocol", message: `the answer lies at ${why}` });
  if (!URL.canParse(at)) throw refused("no address");
  const url = new URL(at);
  if (url.origin === new URL(base).origin) return at;
  if (url.protocol !== "https:" || url.port !== "" || url.username !== "")
    throw refused("an address that is not https");
  if (!/^[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}$/.test(url.hostname)) throw refused("an address without a public name");
  return at;
}

async function send(
  line: Line,
  sending: Sending,
  url: string,
  method: "GET" | "POST" | "DELETE",
): Promise<TransportResponse> {
  const { call, dialect, upstream, life } = line;
  const { target, policy } = call;
  const { channel } = target;
  line.isAbroad ||= new URL(url).origin !== new URL(baseOf(line)).origin;
  if (sending.request.stream) {
    life.watch(policy.firstByteMs, {
      class: "unknown",
      message: `no response headers within ${policy.firstByteMs} ms`,
    });
  }
  const { body } = sending;
  const { proxy } = channel.options;
  const common = { method, url, body, connectTimeoutMs: policy.connectMs, proxy };
  const abroad = { headers: { accept: "*/*", "user-agent": "sluice" }, credential: null, isForeign: true as const };
  const response = await (line.isAbroad
    ? call.ports.transport.send(new TransportCall(life, { ...common, ...abroad }))
    : channel.transport.send(
        new TransportCall(life, {
          ...common,
          headers: headersFor(call, dialect, upstream, sending.mediaType),
          credential: channel.credential(dialect.id),
        }),
      ));
  life.unwatch();
  return response;
}

// Allow-list: nothing of the caller's headers passes but what the dialect names.
function headersFor(
  call: OperationCall,
  dialect: OperationDialect,
  upstream: OperationUpstream<OperationName>,
  mediaType: string | null,
): Record<string, string> {
  const { channel } = call.target;
  const headers: Record<string, string> = {
    accept: "*/*",
    "user-agent": "sluice",
    ...upstream.headers,
    ...channel.provider.headers,
  };
  if (mediaType !== null) headers["content-type"] = mediaType;
  if (dialect.id === call.request.origin.dialect) {
    for (const name of upstream.passHeaders) {
      const value = call.clientHeaders.get(name);
      if (value !== undefined) headers[name] = value;
    }
  }
  for (const [name, value] of Object.entries(channel.options.headers ?? {})) headers[name.toLowerCase()] = value;
  return headers;
}

function merge({ batch }: OperationUpstream<OperationName>, answers: readonly OperationAnswer[]): ResultAnswer {
  const results = answers.map((answer) => {
    if (answer.kind === "result" && batch) return answer.result;
    throw new AttemptError({ class: "protocol", message: "a batch was answered with a stream" });
  });
  const [first] = answers as ResultAnswer[];
  return { ...(first as ResultAnswer), bytes: null, result: (batch as NonNullable<typeof batch>).merge(results) };
}
