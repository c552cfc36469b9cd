import { connect } from "node:net";
import type { Socket } from "node:net";

/** What came back. `body` only when it was asked to be kept. */
export interface Answer {
  status: number;
  /** Why there is no whole answer, or null. */
  failure: string | null;
  bytes: number;
  body: Buffer | null;
}

export interface AskOptions {
  keep?: boolean;
  /** Sees the bytes as they come. */
  onData?: (chunk: Buffer) => void;
}

type Done = (answer: Answer) => void;

const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = "0\r\n\r\n";

/** One keep-alive connection with one request under way, read without an HTTP parser: the generator must cost little. */
export class Connection {
  readonly #port: number;
  #socket: Socket | null = null;
  #done: Done | null = null;
  #options: AskOptions = {};
  #pieces: Buffer[] = [];
  #head: Buffer | null = null;
  #status = 0;
  #bytes = 0;
  /** Bytes of the whole answer; null while unknown or when it is chunked. */
  #total: number | null = null;
  #tail = "";
  #closes = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Connections are opened before a measurement, so that dials are not part of it. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => this.#dial().once("connect", resolve).once("error", reject));
  }

  ask(request: Buffer, options: AskOptions, done: Done): void {
    this.#done = done;
    this.#options = options;
    this.#pieces = [];
    this.#head = null;
    this.#status = 0;
    this.#bytes = 0;
    this.#total = null;
    this.#tail = "";
    (this.#socket ?? this.#dial()).write(request);
  }

  pause(): void {
    this.#socket?.pause();
  }

  close(): void {
    this.#done = null;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #dial(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#lost(socket, error.code ?? error.message));
    socket.on("close", () => this.#lost(socket, "closed"));
    return socket;
  }

  #read(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#options.keep) this.#pieces.push(chunk);
    this.#options.onData?.(chunk);
    const body = this.#status === 0 ? this.#begin(chunk) : chunk;
    if (body === null) return;
    if (this.#total === null ? this.#endsWith(body) : this.#bytes >= this.#total) this.#finish(null);
  }

  /** Reads the head, which some servers send in pieces. Returns what follows it, or null when it is not whole yet. */
  #begin(chunk: Buffer): Buffer | null {
    const bytes = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(headEnd);
    this.#head = end < 0 ? bytes : null;
    if (end < 0) return null;
    const head = bytes.toString("latin1", 0, end);
    this.#status = Number(head.slice(9, 12)) || -1;
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    this.#total = length === undefined ? null : end + headEnd.length + Number(length);
    this.#closes = /connection: *close/i.test(head);
    return bytes.subarray(end + headEnd.length);
  }

  /** With one answer under way, the bytes that end a chunked body can only be its end. */
  #endsWith(body: Buffer): boolean {
    const last = body.toString("latin1", Math.max(0, body.length - lastChunk.length));
    this.#tail = (this.#tail + last).slice(-lastChunk.length);
    return this.#tail === lastChunk;
  }

  #finish(failure: string | null): void {
    const done = this.#done;
    this.#done = null;
    if (this.#closes || failure !== null) {
      this.#socket?.destroy();
      this.#socket = null;
      this.#closes = false;
    }
    const body = this.#options.keep ? Buffer.concat(this.#pieces) : null;
    done?.({ status: this.#status, failure, bytes: this.#bytes, body });
  }

  #lost(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    if (this.#done !== null) this.#finish(reason);
  }
}
