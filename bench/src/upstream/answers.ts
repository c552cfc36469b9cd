import type { Socket } from "node:net";
import type { Kind } from "./marker.ts";
import type { Pacer } from "./pacer.ts";
import { bigDelta, bigEvents, burstDeltas, chatText, eventsPerBurst } from "./texts.ts";
import { anthropic, embedded, gemini, openai } from "./wire.ts";
import type { Wire } from "./wire.ts";

export type Answer = (socket: Socket) => void;
export type Answers = Readonly<Record<Kind, Answer>>;

const streamHead =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n";
const lastChunk = "0\r\n\r\n";

/** Every answer of every dialect, with its bytes made once. */
export function prepareAnswers(pacer: Pacer): Record<"openai" | "anthropic" | "gemini", Answers> {
  return { openai: answersOf(openai, pacer), anthropic: answersOf(anthropic, pacer), gemini: answersOf(gemini, pacer) };
}

function answersOf(wire: Wire, pacer: Pacer): Answers {
  const opening = Buffer.from(streamHead + (wire.open === "" ? "" : chunkOf(wire.open)));
  return {
    chat: writes(whole(200, wire.whole(chatText))),
    embeddings: writes(whole(200, embedded)),
    burst: bursts(wire),
    paced: (socket) => {
      socket.write(opening);
      pacer.add(socket, (text) => chunkOf(wire.delta(text)));
    },
    big: big(wire, opening),
    "fault-500": writes(whole(500, wire.error(500))),
    "fault-429": writes(whole(429, wire.error(429))),
    "fault-reset": (socket) => socket.resetAndDestroy(),
    "fault-cut": (socket) => {
      socket.write(opening);
      socket.end(chunkOf(wire.delta(" cut")));
    },
  };
}

function writes(bytes: Buffer): Answer {
  return (socket) => socket.write(bytes);
}

function whole(status: number, json: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(json));
  const head = `HTTP/1.1 ${status} Bench\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

export function chunkOf(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** The events in eight writes, a turn of the event loop between them. */
function bursts(wire: Wire): Answer {
  const writes: Buffer[] = [];
  for (let first = 0; first < burstDeltas.length; first += eventsPerBurst) {
    const deltas = burstDeltas
      .slice(first, first + eventsPerBurst)
      .map(wire.delta)
      .join("");
    const isFirst = first === 0;
    const isLast = first + eventsPerBurst >= burstDeltas.length;
    const events = (isFirst ? wire.open : "") + deltas + (isLast ? wire.close : "");
    writes.push(Buffer.from((isFirst ? streamHead : "") + chunkOf(events) + (isLast ? lastChunk : "")));
  }
  return (socket) => {
    let index = 0;
    const next = () => {
      const bytes = writes[index++];
      if (bytes === undefined || socket.destroyed) return;
      socket.write(bytes);
      if (index < writes.length) setImmediate(next);
    };
    next();
  };
}

/** A stream of 50 MB, as fast as it is taken. */
function big(wire: Wire, opening: Buffer): Answer {
  const eventsPerWrite = 64;
  const block = Buffer.from(chunkOf(wire.delta(bigDelta).repeat(eventsPerWrite)));
  const end = Buffer.from(chunkOf(wire.close) + lastChunk);
  return (socket) => {
    let left = bigEvents / eventsPerWrite;
    const fill = () => {
      while (left > 0 && !socket.destroyed) {
        left--;
        if (!socket.write(block)) return void socket.once("drain", fill);
      }
      if (!socket.destroyed) socket.write(end);
    };
    socket.write(opening);
    fill();
  };
}
