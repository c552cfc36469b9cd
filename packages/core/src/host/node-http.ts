import type { IncomingMessage, ServerResponse } from "node:http";
import { nextTick } from "node:process";
import { isStream } from "../incoming.ts";
import type { Incoming, Outgoing, OutgoingStream } from "../incoming.ts";
import { HeaderView } from "./header-view.ts";

/** What Node's HTTP server gave for a request, if it was one: servers of srvx pass both along with the web request. */
export interface NodeCall {
  req: IncomingMessage;
  res: ServerResponse;
}

export function nodeCallOf(request: Request): NodeCall | null {
  const { runtime } = request as { runtime?: { node?: { req?: IncomingMessage; res?: ServerResponse } } };
  const { req, res } = runtime?.node ?? {};
  return req && res ? { req, res } : null;
}

/** A call of Node's HTTP server as the pipeline reads it, without web objects: they would cost more than all the rest. */
export function fromNode(request: Request, { req, res }: NodeCall): Incoming {
  let stop: (() => void) | null = null;
  return {
    method: req.method ?? "GET",
    url: req.url ?? "/",
    headers: new HeaderView(req),
    readBody: (limitBytes) =>
      new Promise((resolve, reject) => {
        const pieces: Buffer[] = [];
        let size = 0;
        stop = () => resolve(null);
        req.on("data", (piece: Buffer) => {
          size += piece.length;
          if (size <= limitBytes) return void pieces.push(piece);
          // What else comes is dropped: a client that is cut off while it sends does not get to see its answer. The server's
          // own limit for the time of a request ends it.
          pieces.length = 0;
          resolve("too-large");
        });
        req.once("end", () =>
          resolve(pieces.length === 1 ? (pieces[0] ?? null) : size === 0 ? null : Buffer.concat(pieces, size)),
        );
        req.once("error", reject);
      }),
    cancelBody: () => stop?.(),
    onGone(callback) {
      const onClose = () => {
        if (!res.writableFinished) callback();
      };
      if (res.destroyed) onClose();
      res.once("close", onClose);
      return () => res.off("close", onClose);
    },
    toRequest: () => request,
  };
}

/** Writes an answer to Node's response; resolves when nothing of it is left to write. */
export function writeTo(res: ServerResponse, { status, headers, body }: Outgoing): void | Promise<void> {
  if (isStream(body)) return writeStream(res, status, headers, body);
  headers["content-length"] = String(typeof body === "string" ? Buffer.byteLength(body) : body.length);
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
  let proceed = () => {};
  let corked = false;
  const uncork = () => {
    if (!corked) return;
    corked = false;
    res.uncork();
  };
  res.once("close", () => {
    over = true;
    proceed();
    if (!res.writableFinished) void stream.leave();
  });
  stream.onEnd((tail) => {
    over = true;
    uncork();
    if (tail === null) res.destroy();
    else res.end(tail);
    proceed();
  });
  res.writeHead(status, headers);
  res.flushHeaders();
  while (!over) {
    const chunk = await stream.next();
    if (chunk === null || over) break;
    if (!corked) {
      // What becomes ready in one turn leaves in one packet, and no later than the end of that turn.
      corked = true;
      res.cork();
      nextTick(uncork);
    }
    if (!res.write(chunk)) {
      await new Promise<void>((resolve) => {
        proceed = resolve;
        res.once("drain", resolve);
      });
    }
  }
  // Node 22 forgets what is still corked when an answer ends.
  uncork();
  if (!res.writableEnded && !res.destroyed) res.end();
}
