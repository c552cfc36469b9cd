import { connect, type Socket } from "node:net";

/** A client that writes bytes, not requests. */
export interface Wire {
  socket: Socket;
  write(text: string): void;
  /** What came so far, as Latin-1. */
  text(): string;
  /** Resolves with all that came, once it has the pattern or the connection is closed. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that came once the other side has closed. */
  closed: Promise<string>;
}

export function openWire(port: number): Wire {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let text = "";
  const listeners = new Set<() => void>();
  const closing = Promise.withResolvers<string>();
  let over = false;
  const end = () => {
    over = true;
    closing.resolve(text);
    for (const listener of listeners) listener();
  };
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    for (const listener of listeners) listener();
  });
  socket.on("end", end).on("close", end).on("error", end);
  return {
    socket,
    write: (more) => void socket.write(more, "latin1"),
    text: () => text,
    closed: closing.promise,
    until: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!over && !pattern.test(text)) return;
          listeners.delete(look);
          resolve(text);
        };
        listeners.add(look);
        look();
      }),
  };
}

/** The statuses of all answers on a connection, in order. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

export function post(body: string, headers: Record<string, string> = {}): string {
  const all = {
    host: "localhost",
    "content-type": "application/json",
    "content-length": String(body.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /v1/chat/completions HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

export function chat(content: string, more: object = {}): string {
  return JSON.stringify({ model: "openai", messages: [{ role: "user", content }], ...more });
}

export const health = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
