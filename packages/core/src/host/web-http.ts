import { isStream } from "../incoming.ts";
import type { Incoming, Outgoing, OutgoingStream } from "../incoming.ts";
import { joined } from "../splice.ts";

/** A web request as the pipeline reads it. */
export function fromRequest(request: Request): Incoming {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const pathStart = request.url.indexOf("/", request.url.indexOf("://") + 3);
  return {
    method: request.method,
    url: pathStart < 0 ? "/" : request.url.slice(pathStart),
    headers: new Map(request.headers as unknown as Iterable<[string, string]>),
    async readBody(limitBytes) {
      if (request.body === null) return null;
      reader = request.body.getReader();
      const pieces: Uint8Array[] = [];
      for (let size = 0; ;) {
        const { done, value } = await reader.read();
        if (done) return joined(pieces);
        size += value.length;
        if (size > limitBytes) {
          void drain(reader, limitBytes);
          return "too-large";
        }
        pieces.push(value);
      }
    },
    cancelBody() {
      reader?.cancel().catch(() => {});
    },
    onGone(callback) {
      // The request is held by this closure: Node drops the signal of a collected one, and with it the abort.
      const { signal } = request;
      if (signal.aborted) callback();
      signal.addEventListener("abort", callback, { once: true });
      return () => signal.removeEventListener("abort", callback);
    },
    toRequest: () => request,
  };
}

/** Reads on and keeps nothing, within reason: beyond that the connection is worth less than the work. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>, mostBytes: number): Promise<void> {
  try {
    for (let left = mostBytes; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
    await reader.cancel();
  } catch {
    // The client has gone: nothing is left to read.
  }
}

const encoder = new TextEncoder();

export type Answering = (incoming: Incoming) => Promise<Outgoing | Response> | Outgoing | Response;

/** Makes a listener for requests of Node's HTTP server. */
export type AnsweringNode = (answer: Answering) => (request: object, response: object) => Promise<void>;

/** An answer as a web response. Streams are pulled, one chunk at a time. */
export function asResponse(outgoing: Outgoing | Response): Response {
  if (outgoing instanceof Response) return outgoing;
  const { status, headers, body } = outgoing;
  return new Response(isStream(body) ? readable(body) : (body as BodyInit), { status, headers });
}

function readable(stream: OutgoingStream): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stream.onEnd((tail) => {
          if (tail === null) return controller.error(new Error("The client stopped reading."));
          controller.enqueue(bytesOf(tail));
          controller.close();
        });
      },
      async pull(controller) {
        const chunk = await stream.next();
        if (chunk !== null) controller.enqueue(bytesOf(chunk));
        // Ended from outside meanwhile: closed already.
        else if (controller.desiredSize !== null) closeOnce(controller);
      },
      cancel: () => stream.leave(),
    },
    { highWaterMark: 0 },
  );
}

function closeOnce(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // It was closed from outside between the last chunk and here.
  }
}

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}
