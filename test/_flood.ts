import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What each answer has. Whoever reads all of it for a client that reads nothing has no backpressure. */
export const floodBytes = 64 * 1024 * 1024;

/** What the system may hold of one answer on two connections (usually 4 to 11 MB), and what a gateway may. */
export const heldBytes = 32 * 1024 * 1024;

/** An upstream that answers as fast as it is read: a chat without end, or, where speech is asked for, sound. */
export interface Flood {
  url: string;
  /** Bytes that were taken, of all answers. */
  taken(): number;
  /** Resolves with the bytes that were taken once nobody takes more. */
  still(): Promise<number>;
  /** Resolves when no answer is under way. */
  left(): Promise<void>;
  close(): void;
}

const piece = "x".repeat(16 * 1024);
const choice = { index: 0, delta: { content: piece }, finish_reason: null };
const chunk = { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [choice] };
const event = Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
const sound = Buffer.alloc(16 * 1024, 0x55);

export async function startFlood(): Promise<Flood> {
  let taken = 0;
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    request.resume();
    const isSound = request.url?.endsWith("/audio/speech") === true;
    const bytes = isSound ? sound : event;
    response.writeHead(200, { "content-type": isSound ? "audio/mpeg" : "text/event-stream" });
    open.add(response);
    let left = floodBytes;
    const more = () => {
      for (let wanted = true; wanted && left > 0;) {
        wanted = response.write(bytes);
        left -= bytes.length;
        taken += bytes.length;
      }
      if (left <= 0) response.end();
    };
    response.on("drain", more).on("close", () => open.delete(response));
    more();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => taken,
    async still() {
      for (let before = -1; before !== taken || taken === 0;) {
        before = taken;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
      return taken;
    },
    async left() {
      while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
