import { isStream } from "../incoming.ts";
import type { Incoming, Outgoing, OutgoingStream } from "../incoming.ts";
import { concat } from "../splice.ts";

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
        if (done) return pieces.length === 1 && pieces[0] ? pieces[0] : concat(pieces);
        size += value.length;
        if (size > limitBytes) {
          this.cancelBody();
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

const encoder = new TextEncoder();

/** An answer as a web response. Streams are pulled, one chunk at a time. */
export function toResponse({ status, headers, body }: Outgoing): Response {
  return new Response(isStream(body) ? readable(body) : (body as BodyInit), { status, headers });
}

function readable({ chunks, abandon }: OutgoingStream): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
      },
      cancel: abandon,
    },
    { highWaterMark: 0 },
  );
}
