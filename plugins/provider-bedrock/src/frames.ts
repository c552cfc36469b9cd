import { objectOf, parseJson, stringOf } from "@sluice/core";
import type { FrameLimits, FrameReader, WireFrame } from "@sluice/core";
import { EventStreamSplitter } from "./event-stream.ts";
import type { EventStreamMessage } from "./event-stream.ts";

/** Names of frames that are no events of a model. */
export const exceptionFrame = "exception";
export const cutFrame = "cut";

/** Cuts an event stream into frames; `toFrame` says what a message is to its dialect. */
export function createFrameReader(
  limits: FrameLimits,
  toFrame: (message: EventStreamMessage) => WireFrame,
): FrameReader {
  const splitter = new EventStreamSplitter(limits);
  return {
    *push(piece) {
      for (const message of splitter.push(piece)) yield toFrame(message);
    },
    // A message that has begun and does not end is a cut, whatever came before it.
    end: () => (splitter.isOpen ? [{ raw: new Uint8Array(0), event: cutFrame, data: "{}" }] : []),
  };
}

const decoder = new TextDecoder();

/** An event by its name with its JSON, or an exception with its type beside what it says. */
export function namedFrame({ headers, payload, raw }: EventStreamMessage): WireFrame {
  const said = decoder.decode(payload);
  const kind = headers.get(":message-type");
  if (kind === "event") return { raw, event: headers.get(":event-type") ?? "", data: said === "" ? "{}" : said };
  const type = headers.get(":exception-type") ?? headers.get(":error-code") ?? "";
  const message = headers.get(":error-message");
  return { raw, event: exceptionFrame, data: JSON.stringify({ __type: type, message: message ?? messageIn(said) }) };
}

function messageIn(said: string): string {
  try {
    const body = objectOf(parseJson(said));
    return stringOf(body?.["message"]) ?? stringOf(body?.["Message"]) ?? "";
  } catch {
    return said;
  }
}
