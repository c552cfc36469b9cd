import type { Socket } from "node:net";
import { monotonicMs, timeText } from "./texts.ts";

const intervalMs = 50;

interface Stream {
  socket: Socket;
  frame: (text: string) => string;
}

/** Writes 20 events a second to each of its streams, the streams spread evenly over every 50 ms. */
export class Pacer {
  readonly #slots: Set<Stream>[] = Array.from({ length: intervalMs }, () => new Set<Stream>());
  #next = 0;
  #tick = Math.floor(monotonicMs());

  start(): void {
    setInterval(() => {
      const now = Math.floor(monotonicMs());
      // After a stall the missed slots are served at once, one interval at most.
      this.#tick = Math.max(this.#tick, now - intervalMs);
      while (this.#tick < now) this.#serve(this.#tick++ % intervalMs);
    }, 1);
  }

  add(socket: Socket, frame: (text: string) => string): void {
    const slot = this.#slots[this.#next++ % intervalMs] as Set<Stream>;
    const stream = { socket, frame };
    slot.add(stream);
    socket.once("close", () => slot.delete(stream));
  }

  #serve(index: number): void {
    for (const { socket, frame } of this.#slots[index] as Set<Stream>) {
      // A reader that does not read gets no more: this is not the stalled-reader test.
      if (socket.writableLength < 65_536) socket.write(frame(timeText(monotonicMs())));
    }
  }
}
