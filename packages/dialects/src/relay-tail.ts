import { isContent } from "@sluice/core";
import type { Frame } from "@sluice/core";

const CR = 13;
const mostHeld = 16;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The end of a relayed stream. From a finish on frames wait: the last of them carries the receipt, and of a stream that
 * breaks there the client must not see a finish. Whatever the gateway adds begins on a line of its own.
 */
export class RelayTail {
  #held: Frame[] = [];
  /** The last byte that passed is the CR of a CRLF whose LF has not come yet. */
  #splitLine = false;

  /** The frames that leave now. `isEnd`: the frame is, or may be, the first of the last. */
  take(frame: Frame, isEnd = frame.events.some((event) => event.type === "finish")): Frame[] {
    const goesOn = !isEnd && frame.events.some(isContent);
    if (goesOn || (!isEnd && this.#held.length === 0)) return [...this.held(), frame];
    this.#held.push(frame);
    return this.#held.length > mostHeld ? this.#held.splice(0, mostHeld) : [];
  }

  /** The frames that wait; none waits any longer. */
  held(): Frame[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** The bytes of frames, as they came. */
  pass(frames: readonly Frame[]): Uint8Array {
    const [first] = frames;
    const bytes = frames.length === 1 && first ? first.raw : joined(frames);
    if (bytes.length > 0) this.#splitLine = bytes.at(-1) === CR;
    return bytes;
  }

  /**
   * Frames as they came, and the gateway's own words behind them. A read can end between CR and LF, and some clients
   * know no event that ends in half a line end.
   */
  close(frames: readonly Frame[], text: string): string {
    const before = decoder.decode(this.pass(frames));
    const rest = this.#splitLine && text !== "" && !text.startsWith("\n") ? "\n" : "";
    this.#splitLine = false;
    return before + rest + text;
  }
}

/** The text of bytes, or what is text already. */
export function textOf(bytes: string | Uint8Array): string {
  return typeof bytes === "string" ? bytes : decoder.decode(bytes);
}

function joined(frames: readonly Frame[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, { raw }) => sum + raw.length, 0));
  let at = 0;
  for (const { raw } of frames) {
    bytes.set(raw, at);
    at += raw.length;
  }
  return bytes;
}
