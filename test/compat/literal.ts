import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface LiteralAnswer {
  contentType: string;
  body: string | Uint8Array;
  status?: number;
  headers?: Record<string, string>;
}

/** An upstream that answers every request with the same bytes. */
export interface LiteralUpstream {
  readonly url: string;
  answer: LiteralAnswer;
  /** The bodies that arrived. */
  readonly bodies: string[];
  close(): Promise<void>;
}

export async function createLiteralUpstream(): Promise<LiteralUpstream> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => void pieces.push(piece));
    request.on("end", () => {
      bodies.push(Buffer.concat(pieces).toString());
      const { status = 200, contentType, headers, body } = literal.answer;
      response.writeHead(status, { "content-type": contentType, ...headers }).end(body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const literal: LiteralUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: { contentType: "application/json", body: "{}" },
    bodies,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return literal;
}
