import type { StreamAnswer } from "./answer.ts";
import type { Silence } from "./deadline.ts";
import type { Frame, QuietEnd, WireFrame } from "./dialect.ts";
import { charactersIn, isContent } from "./event.ts";
import type { StreamEvent } from "./event.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { ends, follow, isLast, lastOf } from "./follow.ts";
import type { Ports } from "./ports.ts";
import { isRelayable, mayStayUnread } from "./upstream-call.ts";
import type { Reading } from "./upstream-call.ts";
import { beforeContent } from "./upstream-failure.ts";

/** Reads a streamed answer up to its commit point. A failure before it is thrown, one after it is its last event. */
export async function readStream(reading: Reading): Promise<StreamAnswer> {
  const { call, dialect } = reading;
  const tap: Tap = { isOpen: call.isUnread };
  const frames = readFrames(reading, tap);
  const committed = await commit(frames, call.limits.eventBytes);
  return {
    kind: "stream",
    source: "upstream",
    dialect,
    relayable: isRelayable(reading),
    frames: new UpstreamFrames(
      follow(committed, frames, reading, (failure) => toFrame(emptyWire, [{ type: "error", failure }])),
      tap,
    ),
  };
}

/** Whether nobody reads what is still to come but the client. */
interface Tap {
  isOpen: boolean;
}

/** The frames of an upstream's answer, to be read once. */
export class UpstreamFrames implements AsyncIterable<Frame[]> {
  readonly #frames: AsyncGenerator<Frame[]>;
  readonly #tap: Tap;

  constructor(frames: AsyncGenerator<Frame[]>, tap: Tap) {
    this.#frames = frames;
    this.#tap = tap;
  }

  /** From here on the bytes pass, and quiet runs may stay unparsed: no stage has taken the frames for itself. */
  tap(): void {
    this.#tap.isOpen = true;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Frame[]> {
    return this.#frames;
  }
}

/** Frames in the batches in which they arrived: what comes in one read is handled in one turn. */
async function* readFrames(reading: Reading, tap: Tap): AsyncGenerator<Frame[]> {
  const { call, upstream, response, context, life, onContent } = reading;
  const { policy, limits } = call;
  const { decoder } = upstream;
  const state = decoder.initial(context);
  const reader = upstream.createFrameReader({ maxEventBytes: limits.eventBytes });
  const silent: Failure = { class: "truncated", message: `silent for ${policy.idleMs} ms in the middle of the answer` };
  // What a receipt estimates of unread content it measures by the first that was read.
  let isMeasured = false;
  const mayBeQuiet = decoder.quietEnd !== undefined && mayStayUnread(reading);
  const quiet: QuietEnd = (text, start) => (isMeasured && decoder.quietEnd?.(state, text, start)) || start;
  const decode = (wires: Iterable<WireFrame>): Frame[] => {
    const frames: Frame[] = [];
    for (const wire of wires) {
      // A frame without data is a comment, or a quiet run: nothing to decode.
      const frame = toFrame(wire, wire.data === "" ? none : decoder.step(state, wire));
      isMeasured ||= frame.events.some(charactersIn);
      frames.push(frame);
      if (isLast(frame.events.at(-1))) break;
    }
    return frames;
  };
  let silence: Silence | null = null;
  // Pings and role-only events do not restart this one.
  life.watch(policy.firstTokenMs, { class: "stalled", message: `no content within ${policy.firstTokenMs} ms` });
  const pieces = response.body[Symbol.asyncIterator]();
  let isWhole = false;
  try {
    for (let read = await pieces.next(); !read.done; read = await pieces.next()) {
      const batch = decode(reader.push(read.value, mayBeQuiet && tap.isOpen ? quiet : undefined));
      // Idle is measured between whole events, so that a trickle cannot keep a stream alive.
      if (batch.length === 0) continue;
      if (!silence && batch.some(hasContent)) {
        silence = life.watchSilence(policy.idleMs, silent);
        onContent();
      }
      // Silence is measured while we wait for the upstream, not while a slow client makes us wait.
      silence?.heard();
      isWhole = lastOf(batch)?.type === "end";
      yield batch;
      if (ends(batch)) return;
      silence?.wait();
    }
  } finally {
    if (isWhole) void letEnd(pieces, call.ports);
    else await pieces.return?.();
  }
  life.unwatch();
  const batch = decode(reader.end());
  if (batch.length > 0) yield batch;
  if (ends(batch)) return;
  const tail = decoder.end(state);
  if (tail.length > 0) yield [toFrame(emptyWire, tail)];
}

/** How long, and for how many bytes, the end of a body may lag behind the terminator of its stream. */
const lagMs = 1_000;
const lagBytes = 16 * 1024;

/** The answer is whole, its body has yet to end: read out, the connection can carry the next call; given up, it is closed. */
async function letEnd(pieces: AsyncIterator<Uint8Array>, { timers }: Ports): Promise<void> {
  const giveUp = () => void Promise.resolve(pieces.return?.()).catch(() => {});
  const cancel = timers.set(lagMs, giveUp);
  try {
    for (let left = lagBytes; left > 0;) {
      const { done, value } = await pieces.next();
      if (done) return;
      left -= value.length;
    }
    giveUp();
  } catch {
    // The connection is gone, and nothing of the answer with it.
  } finally {
    cancel();
  }
}

const none: StreamEvent[] = [];

const emptyWire: WireFrame = { raw: new Uint8Array(0), event: null, data: "" };

function toFrame(wire: WireFrame, events: StreamEvent[]): Frame {
  return { raw: wire.raw, event: wire.event, data: wire.data, events };
}

function hasContent({ events }: Frame): boolean {
  return events.some(isContent);
}

/** Reads up to the commit point. A failure before it is an attempt that can be replaced without a trace. */
async function commit(batches: AsyncGenerator<Frame[]>, mostBytes: number): Promise<Frame[]> {
  const head: Frame[] = [];
  let kept = 0;
  for (;;) {
    const { done, value } = await batches.next();
    if (done) throw new AttemptError({ class: "protocol", message: "the stream ended before any content" });
    for (const frame of value) {
      const failed = frame.events.find((event) => event.type === "error");
      if (failed && !head.some(hasContent) && !hasContent(frame)) throw new AttemptError(beforeContent(failed.failure));
      head.push(frame);
      kept += frame.raw.length;
    }
    if (head.some(hasContent) || ends(value)) return head;
    // What is no content is kept until some comes, so there is an end to it.
    if (kept > mostBytes)
      throw new AttemptError({ class: "protocol", message: `more than ${mostBytes} bytes before any content` });
  }
}
