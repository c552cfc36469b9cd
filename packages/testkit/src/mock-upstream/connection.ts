import { setImmediate, setTimeout } from "node:timers/promises";
import type { ServerResponse } from "node:http";
import type { Move } from "./move.ts";
import type { Ending, RecordedRequest } from "./recorded-request.ts";

// A reset throws away what the peer has not read yet, so it waits until written bytes had time to arrive.
const settleMs = 30;

/** Carries out a delivery on one connection. Stops as soon as the client leaves. */
export async function deliver(
  moves: readonly Move[],
  response: ServerResponse,
  record: RecordedRequest,
  stop: AbortSignal,
): Promise<Ending> {
  const left = new AbortController();
  let broken = false;
  response.on("close", () => {
    if (!response.writableFinished && !broken) left.abort();
  });
  const signal = AbortSignal.any([left.signal, stop]);
  try {
    for (const move of moves) {
      signal.throwIfAborted();
      if (move.type === "reset") broken = true;
      await carryOut(move, response, record, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return left.signal.aborted ? "aborted" : "broken";
  }
  return broken ? "broken" : "answered";
}

async function carryOut(
  move: Move,
  response: ServerResponse,
  record: RecordedRequest,
  signal: AbortSignal,
): Promise<void> {
  switch (move.type) {
    case "head":
      record.status = move.status;
      response.writeHead(move.status, move.headers);
      response.flushHeaders();
      return;
    case "write":
      await write(response, move.bytes, signal);
      record.eventsSent += move.events;
      // Gives each write a turn of its own, so that it leaves as a packet of its own.
      await setImmediate();
      return;
    case "wait":
      await setTimeout(move.ms, undefined, { signal, ref: false });
      return;
    case "slow-head":
      response.socket?.write("HTTP/1.1 200 OK\r\nx-slow: ");
      for (;;) {
        response.socket?.write("x");
        await setTimeout(move.everyMs, undefined, { signal, ref: false });
      }
    case "hang":
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    case "reset":
      await setTimeout(settleMs, undefined, { signal, ref: false });
      response.socket?.resetAndDestroy();
      return;
    case "end":
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        response.end(resolve);
      });
  }
}

async function write(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (bytes.length === 0 || response.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    response.once("drain", resolve);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
