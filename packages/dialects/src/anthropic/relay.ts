import { isObject, receiptJson } from "@sluice/core";
import type { AnswerContext, Frame, JsonObject, StreamWriter } from "@sluice/core";
import { sseEvent } from "../sse.ts";
import { encodeError } from "./errors.ts";

const CR = 13;

/** Passes the upstream's frames as they are. `message_stop` waits, because it carries the receipt. */
export function createRelay({ requestId }: AnswerContext): StreamWriter<Frame> {
  const held: Frame[] = [];
  // A read can end between CR and LF; what is written next must not begin in half a line end.
  let lineEnd = "";
  return {
    write(frame) {
      if (held.length > 0 || isStop(frame)) {
        held.push(frame);
        return "";
      }
      lineEnd = frame.raw.at(-1) === CR ? "\n" : "";
      return frame.raw;
    },
    end(receipt) {
      const [stop, ...rest] = held;
      if (stop === undefined) return "";
      if (receipt === null) return held.map(textOf).join("");
      const data = { ...parse(stop.data), sluice: receiptJson(receipt) };
      return lineEnd + sseEvent(JSON.stringify(data), "message_stop") + rest.map(textOf).join("");
    },
    fail(error, receipt) {
      return lineEnd + sseEvent(JSON.stringify(encodeError(error, requestId, receipt)), "error");
    },
  };
}

function isStop(frame: Frame): boolean {
  return frame.data.includes("message_stop") && parse(frame.data)["type"] === "message_stop";
}

function textOf(frame: Frame): string {
  return new TextDecoder().decode(frame.raw);
}

function parse(data: string): JsonObject {
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
