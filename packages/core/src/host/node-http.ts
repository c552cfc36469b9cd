import type { IncomingMessage, ServerResponse } from "node:http";
import { nextTick } from "node:process";
import { Readable } from "node:stream";
import { isStream } from "../incoming.ts";
import type { Incoming, Outgoing, OutgoingStream } from "../incoming.ts";
import { HeaderView } from "./header-view.ts";

// What one read of a socket brings at most.
const pieceBytes = 64 * 1024;

/** A call of Node's HTTP server as the pipeline reads it, without web objects: they would cost more than all the rest. */
export class NodeIncoming implements Incoming {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderView;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  #stop: (() => void) | null = null;

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.#req = req;
    this.#res = res;
    this.method = req.method ?? "GET";
    this.url = pathOf(req.url ?? "/");
    this.headers = new HeaderView(req);
  }

  readBody(limitBytes: number): Promise<Uint8Array | "too-large" | null> {
    const req = this.#req;
    const declared = Number(req.headers["content-length"]);
    // It would never end: who waited before the body, as an `admit` stage may, has seen nothing of the client's leaving.
    if (req.destroyed) return Promise.reject(new Error("The client left before its body was read."));
    return new Promise((resolve, reject) => {
      // A large body is copied once, piece by piece while it is at hand. Its pages are the system's until it comes.
      const whole = declared > pieceBytes && declared <= limitBytes ? Buffer.allocUnsafeSlow(declared) : null;
      const pieces: Buffer[] = [];
      let size = 0;
      this.#stop = () => resolve(null);
      req.on("data", (piece: Buffer) => {
        if (whole) piece.copy(whole, size);
        else pieces.push(piece);
        size += piece.length;
        if (size <= limitBytes) return;
        // What else comes is dropped: a client that is cut off while it sends does not get to see its answer. The server's
        // own limit for the time of a request ends it.
        pieces.length = 0;
        resolve("too-large");
      });
      req.on("end", () => {
        if (whole) resolve(whole.subarray(0, size));
        else resolve(size === 0 ? null : pieces.length === 1 ? (pieces[0] ?? null) : Buffer.concat(pieces, size));
      });
      req.on("error", reject);
    });
  }

  cancelBody(): void {
    this.#stop?.();
  }

  onGone(callback: () => void): () => void {
    const res = this.#res;
    const onClose = () => {
      if (!res.writableFinished) callback();
    };
    if (res.destroyed) onClose();
    // An answer closes once: what was called back then need not be taken off.
    res.on("close", onClose);
    return () => res.off("close", onClose);
  }

  toRequest(): Request {
    const gone = new AbortController();
    this.onGone(() => gone.abort());
    const hasBody = this.method !== "GET" && this.method !== "HEAD";
    const host = this.headers.get("host") ?? "localhost";
    // Hosts are written by clients, and need not be any.
    return new Request(URL.parse(`http://${host}${this.url}`) ?? `http://localhost${this.url}`, {
      method: this.method,
      headers: [...this.headers],
      body: hasBody ? (Readable.toWeb(this.#req) as ReadableStream<Uint8Array>) : null,
      signal: gone.signal,
      duplex: "half",
    } as RequestInit);
  }
}

/** Proxies may send the whole URL where the path is due. */
function pathOf(url: string): string {
  if (url.startsWith("/")) return url;
  const whole = URL.parse(url);
  return whole ? whole.pathname + whole.search : "/";
}

/** A web response, from a plugin's route, as what is written. */
export function fromResponse(response: Response): Outgoing {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  return { status: response.status, headers: headers as Record<string, string>, body: streamOf(response.body) };
}

function streamOf(body: ReadableStream<Uint8Array> | null): Outgoing["body"] {
  if (body === null) return "";
  const reader = body.getReader();
  return {
    next: async () => (await reader.read()).value ?? null,
    // What a plugin's stream does about it is its own affair.
    leave: () => reader.cancel().catch(() => {}),
    onEnd() {},
  };
}

/** Writes an answer to Node's response; resolves when nothing of it is left to write. */
export function writeTo(res: ServerResponse, { status, headers, body }: Outgoing): void | Promise<void> {
  if (isStream(body)) return res.destroyed ? body.leave() : writeStream(res, status, headers, body);
  // Some answers have no body and no length, or that of the body which they leave out.
  const isBare = body.length === 0 && (res.req.method === "HEAD" || status === 204 || status === 304);
  if (!isBare) headers["content-length"] = String(typeof body === "string" ? Buffer.byteLength(body) : body.length);
  res.writeHead(status, headers);
  res.end(body);
}

async function writeStream(
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  stream: OutgoingStream,
): Promise<void> {
  let over = false;
  let hasBegun = false;
  let proceed = () => {};
  res.once("close", () => {
    over = true;
    proceed();
    if (!res.writableFinished) void stream.leave();
  });
  stream.onEnd((tail) => {
    over = true;
    if (tail === null) res.destroy();
    else res.end(tail);
    proceed();
  });
  res.writeHead(status, headers);
  // The head does not wait for the first chunk, but for the end of this turn: what is ready by then leaves with it, and a
  // head that has left would be followed by a write of nothing.
  nextTick(() => {
    if (!hasBegun && !res.writableEnded && !res.destroyed) res.flushHeaders();
  });
  try {
    while (!over) {
      const chunk = await stream.next();
      if (chunk === null || over) break;
      hasBegun = true;
      if (res.write(chunk)) continue;
      // Node holds back what is written in one turn, and sends it as one packet. Of what is full then its socket tells.
      await new Promise<void>((resolve) => nextTick(resolve));
      const full = res.socket ?? res;
      if (over || !full.writableNeedDrain) continue;
      await new Promise<void>((resolve) => {
        proceed = resolve;
        full.once("drain", resolve);
      });
    }
  } catch {
    // The stream of a plugin broke. Its client must not take for an end what is none.
    res.destroy();
  }
  if (!res.writableEnded && !res.destroyed) res.end();
}
