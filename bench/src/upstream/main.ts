import { createServer } from "node:net";
import type { Socket } from "node:net";
import { prepareAnswers } from "./answers.ts";
import type { Answers } from "./answers.ts";
import { kinds, markerOf } from "./marker.ts";
import type { Kind } from "./marker.ts";
import { Pacer } from "./pacer.ts";

/*
 * The upstream of every subject: prepared bytes on raw sockets. It reads of a request only its length, its path's
 * dialect and the marker that says what to answer, so that it costs less than any subject.
 */

const pacer = new Pacer();
const answers = prepareAnswers(pacer);
const markers = kinds.map((kind): [Kind, Buffer] => [kind, Buffer.from(markerOf(kind))]);
const anyMarker = Buffer.from("[bench:");
const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");

class Connection {
  readonly #socket: Socket;
  #head: Buffer | null = null;
  #answers: Answers = answers.openai;
  #kind: Kind | null = null;
  #inBody = false;
  /** Bytes of the body still to come; null when it is chunked. */
  #left: number | null = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  read(chunk: Buffer): void {
    if (this.#inBody) return this.#body(chunk);
    const bytes = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(headEnd);
    if (end < 0) {
      this.#head = bytes;
      return;
    }
    this.#head = null;
    this.#begin(bytes.toString("latin1", 0, end));
    this.#body(bytes.subarray(end + headEnd.length));
  }

  #begin(head: string): void {
    this.#inBody = true;
    this.#kind = null;
    this.#answers = dialectOf(head);
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    this.#left = length === undefined ? (/transfer-encoding/i.test(head) ? null : 0) : Number(length);
  }

  #body(chunk: Buffer): void {
    this.#kind ??= kindIn(chunk);
    if (this.#left === null) {
      if (!chunk.subarray(-lastChunk.length).equals(lastChunk)) return;
    } else {
      this.#left -= chunk.length;
      if (this.#left > 0) return;
    }
    this.#inBody = false;
    this.#answers[this.#kind ?? "chat"](this.#socket);
  }
}

function dialectOf(head: string): Answers {
  const path = head.slice(0, head.indexOf("\r\n"));
  if (path.includes("/messages")) return answers.anthropic;
  return path.includes("enerateContent") ? answers.gemini : answers.openai;
}

function kindIn(chunk: Buffer): Kind | null {
  const at = chunk.indexOf(anyMarker);
  if (at < 0) return null;
  const found = markers.find(([, marker]) => chunk.subarray(at, at + marker.length).equals(marker));
  return found?.[0] ?? null;
}

const server = createServer({ noDelay: true }, (socket) => {
  const connection = new Connection(socket);
  socket.on("data", (chunk: Buffer) => connection.read(chunk));
  socket.on("error", () => socket.destroy());
});
server.listen({ port: Number(process.env["PORT"] ?? 0), host: "127.0.0.1", backlog: 4096 });
pacer.start();
