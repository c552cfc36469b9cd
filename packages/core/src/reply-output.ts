import type { ChatAnswer, ReplyAnswer } from "./answer.ts";
import { errors } from "./errors.ts";
import { sizeOfReply } from "./estimate.ts";
import type { StreamEvent, Usage } from "./event.ts";
import type { Outgoing } from "./incoming.ts";
import { costHeaders, receiptHeaders } from "./receipt-headers.ts";
import { foldEvents, replay } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { Receipt } from "./receipt.ts";
import type { ChatRequest } from "./request.ts";
import { after } from "./soon.ts";
import type { Soon } from "./soon.ts";
import { appendMembers } from "./splice.ts";
import { withoutEnd } from "./stream-output.ts";
import { untouched } from "./tapped-reply.ts";
import { contextOf, note, verdictFor } from "./writing.ts";
import type { Writing } from "./writing.ts";

const encoder = new TextEncoder();

/** A unary answer: settled, then written with its receipt. At once where no stage changes it or waits. */
export function writeReply(writing: Writing, answer: ChatAnswer): Soon<Outgoing> {
  const { exchange, timeouts } = writing;
  const events = answer.kind === "reply" ? restaged(writing, answer) : null;
  if (answer.kind === "reply" && events === null) return writeFinal(writing, answer, null);
  const final = finalReply(writing, answer, events);
  return exchange.inTime(timeouts.stageMs, final).then(({ whole, changed }) => writeFinal(writing, whole, changed));
}

/** The answer as it came, and its reply where stages have made another of it. */
function writeFinal(writing: Writing, whole: ReplyAnswer, changed: Reply | null): Soon<Outgoing> {
  const { exchange } = writing;
  const isOwn = whole.dialect === exchange.dialect.id;
  const tapped = changed === null && isOwn ? untouched(whole) : null;
  if (tapped) return writeTapped(writing, whole, tapped);
  const reply = changed ?? whole.reply;
  note(exchange, whole);
  exchange.record.addUsage(reply.usage);
  exchange.record.complete = true;
  const counted = exchange.record.estimate(exchange.request as ChatRequest, sizeOfReply(reply));

  const client = exchange.dialect.client;
  const bytes = changed === null && isOwn ? whole.bytes : null;
  exchange.record.path = bytes ? "byte" : "codec";
  exchange.record.addDecodingWarnings(reply.warnings);
  const encodeReply = (told: Reply) => encode(client.encodeReply(told, contextOf(exchange)));
  const body = bytes ?? encodeReply(counted ? { ...reply, usage: counted } : reply);
  return finish(writing, body);
}

/** An answer that nobody but the client reads. */
function writeTapped(
  writing: Writing,
  answer: ReplyAnswer,
  { bytes, usage }: { bytes: Uint8Array; usage: Usage },
): Soon<Outgoing> {
  const { record } = writing.exchange;
  note(writing.exchange, answer);
  record.addUsage(usage);
  record.complete = true;
  record.path = "byte";
  return finish(writing, bytes);
}

/** Settles, and adds what is known then. */
function finish(writing: Writing, body: Uint8Array): Soon<Outgoing> {
  return after(writing.exchange.settle("success", null), (receipt) => withReceipt(writing, body, receipt));
}

function withReceipt(writing: Writing, bytes: Uint8Array, receipt: Receipt): Outgoing {
  const { client } = writing.exchange.dialect;
  const body = writing.inBody ? appendMembers(bytes, client.receiptMembers(receipt)) : bytes;
  writing.onDone(200, receipt, null);
  const headers = receiptHeaders(receipt);
  headers["content-type"] = "application/json";
  Object.assign(headers, costHeaders(receipt));
  return { status: 200, headers, body };
}

function encode(json: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(json));
}

/** The answer as it came, and its reply as the stages leave it, or null where they leave it as it is. */
async function finalReply(
  writing: Writing,
  answer: ChatAnswer,
  events: AsyncIterable<StreamEvent> | null,
): Promise<{ whole: ReplyAnswer; changed: Reply | null }> {
  const whole = answer.kind === "reply" ? answer : await wholeReply(answer);
  const told = events ?? restaged(writing, whole);
  return { whole, changed: told && (await folded(writing, told)) };
}

async function wholeReply(answer: ChatAnswer): Promise<ReplyAnswer> {
  if (answer.kind === "reply") return answer;
  const events: StreamEvent[] = [];
  for await (const batch of answer.frames) for (const frame of batch) events.push(...frame.events);
  const fold = foldEvents(events);
  if (!fold.complete) throw errors.INTERNAL().because(fold.failure);
  return { kind: "reply", source: answer.source, dialect: null, reply: fold.reply, bytes: null };
}

/** What the `stream` stages make of a whole answer; null where they leave it as it is. */
function restaged({ stages, exchange }: Writing, answer: ReplyAnswer): AsyncIterable<StreamEvent> | null {
  if (!stages.hasStream) return null;
  const events = eventsOf(answer);
  const staged = stages.stream(events, exchange.view);
  return staged === events ? null : staged;
}

async function* eventsOf(answer: ReplyAnswer): AsyncGenerator<StreamEvent> {
  yield* replay(answer.reply);
}

async function folded({ exchange }: Writing, events: AsyncIterable<StreamEvent>): Promise<Reply> {
  const collected: StreamEvent[] = [];
  for await (const event of events) collected.push(event);
  const { reply, complete, failure } = foldEvents(collected);
  if (failure) throw verdictFor(exchange, failure);
  if (!complete) throw withoutEnd();
  return reply;
}
