import { isObject, parseJson, receiptJson } from "@sluice/core";
import type { AnswerContext, Frame, JsonObject, StreamWriter } from "@sluice/core";
import { RelayTail, textOf } from "../relay-tail.ts";
import { sseEvent } from "../sse.ts";
import { encodeError } from "./errors.ts";

/** Passes the upstream's frames as they are. From `message_delta` on they wait: `message_stop` carries the receipt. */
export function createRelay({ requestId }: AnswerContext): StreamWriter<Frame> {
  const tail = new RelayTail();
  return {
    write: (frame) => tail.pass(tail.take(frame, isEnd(frame))),
    end(receipt) {
      const frames = tail.held();
      const at = frames.findLastIndex(isStop);
      const stop = frames[at];
      if (receipt === null || stop === undefined) return tail.close(frames, "");
      const told = sseEvent(JSON.stringify({ ...parse(stop.data), sluice: receiptJson(receipt) }), "message_stop");
      const rest = frames.slice(at + 1).map(({ raw }) => textOf(raw));
      return tail.close(frames.slice(0, at), told + rest.join(""));
    },
    fail(error, receipt) {
      tail.held();
      return tail.close([], sseEvent(JSON.stringify(encodeError(error, requestId, receipt)), "error"));
    },
  };
}

function isEnd(frame: Frame): boolean {
  return isStop(frame) || isEvent(frame, "message_delta");
}

function isStop(frame: Frame): boolean {
  return isEvent(frame, "message_stop");
}

function isEvent(frame: Frame, type: string): boolean {
  return frame.data.includes(type) && parse(frame.data)["type"] === type;
}

function parse(data: string): JsonObject {
  try {
    const value: unknown = parseJson(data);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
