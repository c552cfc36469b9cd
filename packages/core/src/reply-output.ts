import type { ChatAnswer, ReplyAnswer } from "./answer.ts";
import { errors } from "./errors.ts";
import { sizeOfReply } from "./estimate.ts";
import type { StreamEvent, Usage } from "./event.ts";
import type { Outgoing } from "./incoming.ts";
import { costHeaders, receiptHeaders } from "./receipt-headers.ts";
import { foldEvents, replay } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import { appendMembers } from "./splice.ts";
import { withoutEnd } from "./stream-output.ts";
import { contextOf, note, verdictFor } from "./writing.ts";
import type { Writing } from "./writing.ts";

const encoder = new TextEncoder();

/** A unary answer: settled, then written with its receipt. */
export async function writeReply(writing: Writing, answer: ChatAnswer): Promise<Outgoing> {
  const { exchange, timeouts, stages } = writing;
  if (answer.kind === "reply" && answer.usage && answer.bytes) return writeTapped(writing, answer.bytes, answer);
  const isFinal = answer.kind === "reply" && !stages.hasStream;
  const { whole, reply } = isFinal
    ? { whole: answer, reply: answer.reply }
    : await exchange.inTime(timeouts.stageMs, finalReply(writing, answer));
  note(exchange, answer);
  exchange.record.addUsage(reply.usage);
  exchange.record.complete = true;
  const counted = exchange.record.estimate(exchange.request as ChatRequest, sizeOfReply(reply));

  const client = exchange.dialect.client;
  const untouched = reply === whole.reply && whole.bytes !== null && whole.dialect === exchange.dialect.id;
  exchange.record.path = untouched ? "byte" : "codec";
  exchange.record.addDecodingWarnings(reply.warnings);
  const encodeReply = (told: Reply) => encode(client.encodeReply(told, contextOf(exchange)));
  const body = untouched && whole.bytes ? whole.bytes : encodeReply(counted ? { ...reply, usage: counted } : reply);
  return finish(writing, body);
}

/** An answer that nobody but the client reads. */
function writeTapped(writing: Writing, bytes: Uint8Array, answer: ReplyAnswer): Promise<Outgoing> {
  const { record } = writing.exchange;
  note(writing.exchange, answer);
  record.addUsage(answer.usage as Usage);
  record.complete = true;
  record.path = "byte";
  return finish(writing, bytes);
}

/** Settles, and adds what is known then. */
async function finish(writing: Writing, body: Uint8Array): Promise<Outgoing> {
  const { exchange } = writing;
  const { client } = exchange.dialect;
  const settled = exchange.settle("success", null);
  const receipt = settled instanceof Promise ? await settled : settled;
  const withReceipt = writing.inBody ? appendMembers(body, client.receiptMembers(receipt)) : body;
  writing.onDone(200, receipt, null);
  const headers = receiptHeaders(receipt);
  headers["content-type"] = "application/json";
  Object.assign(headers, costHeaders(receipt));
  return { status: 200, headers, body: withReceipt };
}

function encode(json: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(json));
}

/** The answer as it came, and its reply as the stages leave it. */
async function finalReply(writing: Writing, answer: ChatAnswer): Promise<{ whole: ReplyAnswer; reply: Reply }> {
  const whole = await wholeReply(answer);
  return { whole, reply: await throughStages(writing, whole.reply) };
}

async function wholeReply(answer: ChatAnswer): Promise<ReplyAnswer> {
  if (answer.kind === "reply") return answer;
  const events: StreamEvent[] = [];
  for await (const batch of answer.frames) for (const frame of batch) events.push(...frame.events);
  const fold = foldEvents(events);
  if (!fold.complete) throw errors.INTERNAL().because(fold.failure);
  return { kind: "reply", source: answer.source, dialect: null, reply: fold.reply, bytes: null };
}

async function throughStages({ stages, exchange }: Writing, reply: Reply): Promise<Reply> {
  if (!stages.hasStream) return reply;
  const events = iterate(replay(reply));
  const out = stages.stream(events, exchange.view);
  if (out === events) return reply;
  const collected: StreamEvent[] = [];
  for await (const event of out) collected.push(event);
  const { reply: changed, complete, failure } = foldEvents(collected);
  if (failure) throw verdictFor(exchange, failure);
  if (!complete) throw withoutEnd();
  return changed;
}

async function* iterate<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
