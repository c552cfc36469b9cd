import { toTransportError } from "@sluice/core";
import type { TransportRequest, TransportResponse } from "@sluice/core";

/** Takes what a vendor keeps at an address of its own: without a key, and without following anybody further. */
export async function fetchFile({ method, url, headers, signal }: TransportRequest): Promise<TransportResponse> {
  try {
    const response = await fetch(url, { method, headers, signal, redirect: "manual" });
    const decoded = new Map(response.headers);
    // It has been undone, and with it what the length was.
    if (decoded.delete("content-encoding")) decoded.delete("content-length");
    return { status: response.status, headers: decoded, body: pieces(response.body) };
  } catch (thrown) {
    throw toTransportError(thrown);
  }
}

async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } catch (thrown) {
    throw toTransportError(thrown, "sent");
  } finally {
    await reader.cancel().catch(() => {});
  }
}
