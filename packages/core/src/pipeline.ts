import { capable, commonOf } from "./abilities.ts";
import { asChat, replayAnswer } from "./answer.ts";
import type { Answer, StreamAnswer } from "./answer.ts";
import { runPlan } from "./attempts.ts";
import { readBody } from "./body.ts";
import type { Body } from "./body.ts";
import type { Settings } from "./config.ts";
import type { Abilities } from "./catalogue.ts";
import type { Channel, Target } from "./channel.ts";
import { errors, isGatewayError } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { inOwnNames } from "./field-names.ts";
import type { Exchange } from "./exchange.ts";
import type { ExtrasReader } from "./extras-reader.ts";
import type { Outgoing } from "./incoming.ts";
import { keeping, mustKeep } from "./keeping.ts";
import type { Models, ResolvedModel } from "./models.ts";
import type { Plan, Policy } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { AttemptRecord, Receipt } from "./receipt.ts";
import type { AttemptContext } from "./context.ts";
import type { ModelRequest } from "./operation.ts";
import type { ChatRequest } from "./request.ts";
import type { CallNotes } from "./upstream-call.ts";
import { baseHeaders, receiptHeaders } from "./receipt-headers.ts";
import { writeReply } from "./reply-output.ts";
import { within, writeStream } from "./stream-output.ts";
import type { Pending } from "./stream-output.ts";
import { resultOf } from "./writing.ts";
import type { Writing } from "./writing.ts";
import { isLater } from "./soon.ts";
import type { Soon } from "./soon.ts";
import type { Change, Stages } from "./stages.ts";
import { callUpstream, refusalOf } from "./upstream.ts";
import type { Measurements } from "./world.ts";

/** What every request of one gateway shares. */
export interface Runtime {
  settings: Settings;
  ports: Ports;
  channels: readonly Channel[];
  models: Models;
  extras: ExtrasReader;
  stages: Stages;
  measurements: Measurements;
  onAttempt: (requestId: string, attempt: AttemptRecord) => void;
  onDone: (exchange: Exchange, status: number, receipt: Receipt, error: GatewayError | null) => void;
}

/** One chat request, from headers to last byte. Whoever reads this function has read the product. */
export async function answerChat(runtime: Runtime, exchange: Exchange): Promise<Outgoing> {
  const { stages, settings } = runtime;
  try {
    const admitted = stages.admit(exchange);
    if (isLater(admitted)) await admitted;
    decode(runtime, exchange, await bodyOf(runtime, exchange));
    const model = resolve(runtime, exchange);
    const asked = askStages(runtime, exchange);
    const early = isLater(asked) ? await asked : asked;
    const plan = early ? null : makePlan(runtime, exchange, model);
    setDeadline(exchange, plan?.policy ?? settings.policy);

    const work = stages.respond(exchange.view, () =>
      early ? Promise.resolve(early) : attemptPlan(runtime, exchange, plan as Plan, callChat(runtime, exchange)),
    );
    // Without a stage around it, nothing but our own code works on the answer, and that has its timers.
    const answer = stages.aroundAnswers ? exchange.inTime(settings.timeouts.stageMs, work) : work;
    const writing = writingOf(runtime, exchange);
    if (!exchange.request?.stream) {
      const written = writeReply(writing, asChat(await answer));
      return isLater(written) ? await written : written;
    }
    return writeStream(writing, await firstOrLate(exchange, settings.timeouts.keepAliveMs, answer.then(asStream)));
  } catch (thrown) {
    return refuse(runtime, exchange, thrown);
  }
}

function bodyOf({ settings, ports }: Runtime, { incoming, dialect }: Exchange): Promise<Body> {
  return readBody(incoming, settings.body, ports.timers, dialect.client.watch);
}

function decode({ extras }: Runtime, exchange: Exchange, body: Body): void {
  const { client } = exchange.dialect;
  exchange.body = body;
  exchange.taken = extras.take(body.json, client.fields, exchange.call.headers);
  for (const warning of exchange.taken.warnings) exchange.record.warn(warning);
  exchange.record.tags = exchange.taken.extras.tags ?? {};
  exchange.decoded(client.decodeRequest(exchange.taken.json, exchange.call, body.mayHold));
}

/** What the `request` stages make of the request: their answer, if there is one. */
export function askStages({ stages }: Runtime, exchange: Exchange): Soon<Answer | undefined> {
  return stages.request(exchange.view, (verdict) => change(exchange, verdict));
}

export function resolve({ models, ports }: Runtime, exchange: Exchange): ResolvedModel {
  const { model: name, stream } = exchange.request as ModelRequest;
  exchange.record.requestedModel = name;
  exchange.record.stream = stream;
  const model = models.resolve(name, ports.random());
  exchange.record.route = model.route;
  exchange.model = model;
  return model;
}

function change(exchange: Exchange, { request }: Change): void {
  exchange.decoded(request);
  exchange.patched = true;
}

export function makePlan(runtime: Runtime, exchange: Exchange, asked: ResolvedModel): Plan {
  const { models, settings, stages, measurements, ports } = runtime;
  const request = exchange.request as ModelRequest;
  const extras = exchange.taken?.extras ?? {};
  const draw = ports.random();
  const first = request.model === asked.name ? asked : models.resolve(request.model, draw);
  const others = fallbacks(extras).map((name) => models.resolve(name, draw));
  const found = [first, ...others];
  const targets = others.length === 0 ? first.targets : distinct(found.flatMap((model) => model.targets));
  const common = others.length === 0 ? first.common : commonOf(targets);
  const able = capable(targets, request, common, (ability) => mayNeed(exchange, ability));
  const mustSomeKeep = common.insists || extras.require_parameters === true || settings.unsupported === "error";
  const kept = mustSomeKeep
    ? keeping(able.targets, (target) => refusalBy(target, runtime, exchange))
    : { ...able, skipped: [] };
  const plan: Plan = {
    targets: kept.targets,
    policy: policyFor(settings.policy, exchange),
    why: whyOf(first, others),
    skipped: found.flatMap((model) => model.skipped).concat(able.skipped, kept.skipped),
  };
  const routed = stages.hasRoute ? stages.route(plan, measurements.world(draw), exchange.view) : plan;
  exchange.record.why = [...routed.why];
  exchange.record.skipped = [...routed.skipped];
  return routed;
}

/** Whether the request might need the ability, as far as can be told without reading its history. */
function mayNeed({ body, patched, speaker, request }: Exchange, ability: keyof Abilities): boolean {
  if (request?.operation !== "chat") return true;
  if (ability === "tools") return (request.tools?.length ?? 0) > 0;
  const { client } = speaker as Exchange["dialect"];
  const marks = patched ? undefined : client.marks?.[ability];
  return body === null || marks === undefined || marks.some(([member, text]) => body.mayHold(member, text));
}

/** Why a target that must keep all that was asked cannot; null for every other. */
function refusalBy(target: Target, { settings }: Runtime, exchange: Exchange): GatewayError | null {
  const { request, taken } = exchange;
  const isBound = request?.operation === "chat" && mustKeep(target, taken?.extras.require_parameters, settings);
  return isBound ? refusalOf(target, request, originalOf(exchange)) : null;
}

function distinct(targets: readonly Target[]): Target[] {
  const seen = new Set<string>();
  return targets.filter((target) => !seen.has(target.id) && seen.add(target.id));
}

function fallbacks(extras: { fallback?: string[] | undefined; models?: string[] | undefined }): string[] {
  if (extras.fallback && extras.models)
    throw errors.REQUEST_INVALID("models", "says the same as fallback; send one of them");
  return extras.fallback ?? extras.models ?? [];
}

function whyOf(first: ResolvedModel, others: readonly ResolvedModel[]): string[] {
  const why = [first.why];
  if (others.length > 0) why.push(`then the request's fallback: ${others.map(({ name }) => name).join(", ")}`);
  return why;
}

function policyFor(policy: Policy, { call, taken, request }: Exchange): Policy {
  const extras = taken?.extras ?? {};
  // The vendors' SDKs say how long they will wait. For a stream they mean the status line, so it bounds the first byte.
  const hint = Number(call.headers.get("x-stainless-timeout"));
  const hintMs = Number.isFinite(hint) && hint > 0 ? hint * 1000 : Infinity;
  const totalMs = atMost("timeout", extras.timeout, policy.totalMs / 1000) * 1000;
  const attempts = atMost("attempts", extras.attempts, policy.attempts);
  if (hintMs === Infinity && totalMs === policy.totalMs && attempts === policy.attempts) return policy;
  if (request?.stream) return { ...policy, attempts, totalMs, firstByteMs: Math.min(policy.firstByteMs, hintMs) };
  return { ...policy, attempts, totalMs: Math.min(totalMs, hintMs) };
}

/** What the operator set is the default and the ceiling; a wish beyond it is refused, not clamped. */
function atMost(name: string, wish: number | undefined, ceiling: number): number {
  if (wish !== undefined && wish > ceiling) throw errors.REQUEST_INVALID(name, `is at most ${ceiling} here`);
  return wish ?? ceiling;
}

export function setDeadline(exchange: Exchange, { totalMs }: Policy): void {
  const left = Math.max(0, totalMs - exchange.record.elapsedMs);
  exchange.life.watch(left, () => {
    const cause = errors.UPSTREAM_TIMEOUT(totalMs);
    return { class: "local", message: cause.message, cause };
  });
}

/** Makes one call to an upstream, in the way of the operation. */
export type Call = (attempt: AttemptContext, policy: Policy, open: (dialect: string) => CallNotes) => Promise<Answer>;

export function attemptPlan(runtime: Runtime, exchange: Exchange, plan: Plan, call: Call): Promise<Answer> {
  const { ports, stages, measurements } = runtime;
  const { record, life } = exchange;
  const left = plan.policy.totalMs - record.elapsedMs;
  return runPlan({
    plan,
    record,
    measurements,
    ports,
    life,
    deadline: ports.clock.monotonic() + left,
    onAttempt: (attempt) => runtime.onAttempt(exchange.id, attempt),
    call: (attempt, open) => stages.attempt(attempt, exchange.view, () => call(attempt, plan.policy, open)),
    repeatable: exchange.request?.operation === "chat" || exchange.request?.repeatable !== false,
  });
}

function callChat({ ports, stages, settings }: Runtime, exchange: Exchange): Call {
  return ({ target }, policy, open) =>
    callUpstream(
      {
        target,
        request: exchange.request as ChatRequest,
        original: originalOf(exchange),
        clientHeaders: exchange.call.headers,
        policy,
        limits: settings.limits,
        life: exchange.life,
        ports,
        requireParameters: mustKeep(target, exchange.taken?.extras.require_parameters, settings),
        clientDialect: exchange.dialect,
        isUnread: !stages.aroundAnswers,
      },
      open,
    );
}

function originalOf({
  body,
  taken,
  patched,
}: Exchange): { body: NonNullable<Exchange["body"]>; taken: NonNullable<Exchange["taken"]> } | null {
  return body && taken && !patched ? { body, taken } : null;
}

/** A stream that has nothing to say for a while gets its status line and comments; until then errors keep their status. */
async function firstOrLate(exchange: Exchange, keepAliveMs: number, waiting: Promise<StreamAnswer>): Promise<Pending> {
  const answer = await within(exchange, keepAliveMs, waiting);
  return answer ? { answer } : { waiting };
}

function asStream(answer: Answer): StreamAnswer {
  const chat = asChat(answer);
  return chat.kind === "stream" ? chat : replayAnswer(chat);
}

export function writingOf({ settings, stages, onDone }: Runtime, exchange: Exchange): Writing {
  return {
    exchange,
    stages,
    timeouts: settings.timeouts,
    inBody: (exchange.taken?.extras.receipt ?? settings.receipt) === "body",
    onDone: (status, receipt, error) => onDone(exchange, status, receipt, error),
  };
}

/** An error before the first byte: settled, then answered in the caller's dialect with its status. */
export async function refuse(runtime: Runtime, exchange: Exchange, thrown: unknown): Promise<Outgoing> {
  const error = isGatewayError(thrown) ? toldTo(exchange, thrown) : errors.INTERNAL().because(thrown);
  if (!isGatewayError(thrown))
    runtime.ports.logger.error("a request broke", { requestId: exchange.id, error: describe(thrown) });
  exchange.record.complete = false;
  const receipt = await exchange.settle(resultOf(error), error);
  runtime.onDone(exchange, error.status, receipt, error);
  const where = exchange.taken?.extras.receipt ?? runtime.settings.receipt;
  const body = exchange.speaker.client.encodeError(error, exchange.id, where === "body" ? receipt : null);
  return {
    status: error.status,
    headers: { ...receiptHeaders(receipt), ...errorHeaders(error, exchange.id), "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** Until a request is decoded, its fields have their own names anyway. */
function toldTo({ request, speaker }: Exchange, error: GatewayError): GatewayError {
  return request === null ? error : inOwnNames(error, speaker.client.fieldNames);
}

/** Headers that tell SDKs whether and when to try again. */
export function errorHeaders(error: GatewayError, requestId: string): Record<string, string> {
  return {
    ...baseHeaders(requestId),
    ...(error.retryAfterSeconds === null ? {} : { "retry-after": String(error.retryAfterSeconds) }),
    ...(error.retryable ? {} : { "x-should-retry": "false" }),
    // Half a body is still on its way: the connection cannot carry another request.
    ...(error.status === 408 ? { connection: "close" } : {}),
  };
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
