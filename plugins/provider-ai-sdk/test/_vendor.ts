import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject, type JsonObject } from "@sluice/core";

/** One call as a vendor saw it. */
export interface Received {
  method: string;
  /** As it was sent, with its query. */
  url: string;
  headers: Record<string, string>;
  text: string;
  json: JsonObject;
  /** How the connection ended: by us, or by the caller. */
  ended: Promise<"whole" | "aborted">;
  /** Breaks the connection. Only once what was sent has been read is it certain to arrive. */
  cut(): void;
}

/** Writes the answer; the response is at hand for cuts. */
export type Answer = (received: Received, response: ServerResponse) => void | Promise<void>;

export interface Vendor {
  url: string;
  received: Received[];
  /** What is answered next, one after the other; the last one again and again. */
  script(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** A vendor on 127.0.0.1. */
export async function startVendor(): Promise<Vendor> {
  const received: Received[] = [];
  let answers: Answer[] = [];
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    const ended = new Promise<"whole" | "aborted">((resolve) =>
      response.once("close", () => resolve(response.writableFinished ? "whole" : "aborted")),
    );
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const call: Received = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers as Record<string, string>,
      text,
      json: parsed(text),
      ended,
      cut: () => response.destroy(),
    };
    received.push(call);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    await (answer ?? status(500, { message: "nothing was scripted" }))(call, response);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    received,
    script(...next) {
      answers = next;
      received.length = 0;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** A JSON answer. */
export function status(code: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_received, response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

export const reply = (body: unknown, headers?: Record<string, string>): Answer => status(200, body, headers);

/** Pieces as they are written, each in a read of its own, then a clean end, or none. */
export function stream(type: string, pieces: readonly (string | Uint8Array)[], ending: "end" | "hang" = "end"): Answer {
  return async (_received, response) => {
    response.writeHead(200, { "content-type": type, "x-request-id": "vendor-1" });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (ending === "end") response.end();
  };
}

/** Server-sent events, as OpenAI and its kin send them. */
export function sse(events: readonly (JsonObject | string)[], ending: "end" | "hang" = "end"): Answer {
  const pieces = events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
  return stream("text/event-stream", pieces, ending);
}
