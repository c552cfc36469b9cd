import type { TransportResponse } from "@sluice/core";
import { toJson } from "./base64.ts";

/** Headers of the vendor's body, which is not what is sent on. */
const ofBody = new Set(["content-type", "content-length", "content-encoding", "transfer-encoding", "connection"]);

/** An answer in the bridge's own wire, with the headers that the vendor's had. */
export function respond(
  status: number,
  vendor: Readonly<Record<string, string | undefined>>,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  type = "application/json",
): TransportResponse {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(vendor)) {
    if (value !== undefined && !ofBody.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
  }
  const requestId = headers.get("x-request-id") ?? headers.get("request-id") ?? headers.get("x-amzn-requestid");
  if (requestId !== undefined) headers.set("x-request-id", requestId);
  return { status, headers: headers.set("content-type", type), body: pieces(body) };
}

async function* pieces(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* body;
}

/** A whole result as an answer of the bridge's wire. */
export function whole(result: object): TransportResponse {
  const { response, request: _sent, ...rest } = result as { response?: VendorResponse; request?: unknown };
  const { headers, body: _body, ...metadata } = response ?? {};
  return respond(200, headers ?? {}, [new TextEncoder().encode(toJson({ ...rest, response: metadata }))]);
}

interface VendorResponse {
  headers?: Record<string, string>;
  body?: unknown;
}
