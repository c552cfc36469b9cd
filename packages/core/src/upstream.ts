import { replayAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Target } from "./channel.ts";
import { Lifetime } from "./deadline.ts";
import type { Dialect, EncodedRequest, UpstreamDialect } from "./dialect.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import type { Warning } from "./event.ts";
import { AttemptError } from "./failure.ts";
import type { TransportRequest, TransportResponse } from "./ports.ts";
import type { ChatRequest } from "./request.ts";
import { isLater } from "./soon.ts";
import { concat, spliceMembers } from "./splice.ts";
import { TransportCall } from "./transport-call.ts";
import type { CallNotes, Reading, UpstreamCall } from "./upstream-call.ts";
import { failureOf, seenFrom } from "./upstream-failure.ts";
import { assertEventStream, isJson, readRefusal, readReply, streamTypeOf } from "./upstream-reply.ts";
import { readStream } from "./upstream-stream.ts";

/**
 * Makes one call and returns its answer once it is committed: a unary answer when it is complete and valid, a stream
 * with its first content event. Throws `AttemptError` before that; afterwards a failure is the stream's last event.
 */
export async function callUpstream(call: UpstreamCall, open: (dialect: string) => CallNotes): Promise<Answer> {
  const { target, request, ports } = call;
  const dialect = dialectFor(target, request);
  const upstream = dialect.upstream as UpstreamDialect;
  const encoded = encodeBody(call, dialect, upstream);
  const { memo, warnings } = encoded;
  const notes = open(dialect.id);
  notes.warnings.push(...warnings);
  const life = new Lifetime(ports, call.life);
  const started = ports.clock.monotonic();
  try {
    const response = await send(call, dialect, upstream, encoded, life);
    life.unwatch();
    notes.status = response.status;
    notes.upstreamRequestId = requestIdOf(response.headers);
    const reading: Reading = {
      call,
      upstream,
      dialect: dialect.id,
      response,
      context: { target: target.codec, request, memo },
      life,
      notes,
      onContent() {
        notes.ttftMs ??= Math.round(ports.clock.monotonic() - started);
      },
    };
    if (response.status < 200 || response.status > 299) throw await readRefusal(reading);
    if (request.stream && !isJson(response)) {
      assertEventStream(response, upstream);
      // Also ends a call whose stream nobody ever began to read.
      life.onAbort(() => notes.onEnd(failureOf(life.reason, life, target)));
      return await readStream(reading);
    }
    const read = readReply(reading);
    const answer = isLater(read) ? await read : read;
    reading.onContent();
    life.end();
    notes.onEnd(null);
    return request.stream ? replayAnswer(answer) : answer;
  } catch (thrown) {
    const failure = seenFrom(notes.status, failureOf(thrown, life, target));
    life.abort(new AttemptError(failure));
    life.end();
    notes.onEnd(failure);
    throw new AttemptError(failure);
  }
}

/** The client's own dialect if the channel speaks it, else the first that can say the whole request, else the first. */
function dialectFor(target: Target, request: ChatRequest): Dialect {
  const speaks = speaksFor(target, "chat");
  const own = request.origin.dialect;
  const id = speaks.length < 2 || speaks.includes(own) ? (speaks.find((known) => known === own) ?? speaks[0]) : null;
  const dialect = broughtBy(target, id ?? speaks.find((known) => canSay(target, known, request)) ?? speaks[0]);
  if (!dialect?.upstream) throw new TypeError(`${target.channel.id} speaks no dialect that it brought`);
  return dialect;
}

function broughtBy({ channel }: Target, id: string | undefined): Dialect | undefined {
  return channel.provider.dialects.find((known) => known.id === id) as Dialect | undefined;
}

function canSay(target: Target, id: string, request: ChatRequest): boolean {
  return broughtBy(target, id)?.upstream?.expresses?.(request, target.codec) !== false;
}

/** The dialects to ask the target in for one operation. */
export function speaksFor(target: Target, operation: string): readonly string[] {
  return target.spoken.get(operation) ?? [];
}

const encoder = new TextEncoder();

// Below this a copy costs less than sending pieces; 500 KB took 160 µs to copy.
const copied = 64 * 1024;

interface EncodedBody {
  body: TransportRequest["body"];
  headers?: EncodedRequest["headers"];
  memo?: unknown;
  warnings: readonly Warning[];
}

/** Throws a verdict when the request cannot be said to this target; nothing has been sent then. */
function encodeBody(
  call: Pick<UpstreamCall, "target" | "request" | "original" | "requireParameters">,
  dialect: Dialect,
  upstream: UpstreamDialect,
): EncodedBody {
  const target = call.target.codec;
  const { original, request } = call;
  if (original && dialect.id === request.origin.dialect) {
    const { body, taken } = original;
    const patch = upstream.patchRequest(taken.json, request, target, body.mayHold);
    assertKept(call, patch.warnings);
    const { edits } = taken;
    const set = Object.keys(edits.set).length === 0 ? patch.set : { ...edits.set, ...patch.set };
    const remove = edits.remove.length === 0 ? patch.remove : [...edits.remove, ...patch.remove];
    const pieces = spliceMembers(body.bytes, body.scan, set, remove);
    return { body: body.bytes.length < copied ? concat(pieces) : pieces, warnings: patch.warnings };
  }
  const encoded = upstream.encodeRequest(request, target);
  assertKept(call, encoded.warnings);
  return { ...encoded, body: encoder.encode(JSON.stringify(encoded.body)) };
}

/** Why the request cannot be said to the target without a loss, or null. Nothing is sent. */
export function refusalOf(
  target: Target,
  request: ChatRequest,
  original: UpstreamCall["original"],
): GatewayError | null {
  const dialect = dialectFor(target, request);
  try {
    encodeBody({ target, request, original, requireParameters: true }, dialect, dialect.upstream as UpstreamDialect);
    return null;
  } catch (thrown) {
    if (isGatewayError(thrown)) return thrown;
    throw thrown;
  }
}

/** With `require_parameters` a parameter that would be dropped refuses the target. */
export function assertKept(
  call: Pick<UpstreamCall, "target" | "requireParameters">,
  warnings: readonly Warning[],
): void {
  const dropped = warnings.find((warning) => warning.field !== undefined);
  if (call.requireParameters && dropped?.field !== undefined) {
    throw errors.REQUEST_UNSUPPORTED(dropped.field, call.target.id);
  }
}

function send(
  call: UpstreamCall,
  dialect: Dialect,
  upstream: UpstreamDialect,
  { body, headers: needed }: EncodedBody,
  life: Lifetime,
): Promise<TransportResponse> {
  const { target, policy, request } = call;
  const { channel } = target;
  if (request.stream) {
    life.watch(policy.firstByteMs, {
      class: "unknown",
      message: `no response headers within ${policy.firstByteMs} ms`,
    });
  }
  const url = channel.baseURL(dialect.id) + upstream.path(target.codec, request.stream);
  return channel.transport.send(
    new TransportCall(life, {
      method: "POST",
      url,
      headers: headersFor(call, dialect, upstream, needed),
      body,
      credential: channel.credential(dialect.id),
      connectTimeoutMs: policy.connectMs,
      proxy: channel.options.proxy,
    }),
  );
}

// Allow-list: nothing of the caller's headers passes but what the dialect names.
function headersFor(
  call: UpstreamCall,
  dialect: Dialect,
  upstream: UpstreamDialect,
  needed: EncodedBody["headers"],
): Record<string, string> {
  const { channel } = call.target;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: call.request.stream ? streamTypeOf(upstream) : "application/json",
    "user-agent": "sluice",
    ...upstream.headers,
    ...channel.provider.headers,
  };
  if (dialect.id === call.request.origin.dialect) {
    for (const name of upstream.passHeaders) {
      const value = call.clientHeaders.get(name);
      if (value !== undefined) headers[name] = value;
    }
  }
  if (channel.options.headers)
    for (const [name, value] of Object.entries(channel.options.headers)) headers[name.toLowerCase()] = value;
  if (needed)
    for (const [name, value] of Object.entries(needed))
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  return headers;
}

export function requestIdOf(headers: ReadonlyMap<string, string>): string | null {
  return headers.get("x-request-id") ?? headers.get("request-id") ?? headers.get("x-amzn-requestid") ?? null;
}
