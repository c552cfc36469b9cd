import { AttemptError, isObject, parseJson } from "@sluice/core";
import type {
  EventOf,
  FrameLimits,
  GatewayError,
  JsonObject,
  OperationName,
  Receipt,
  ResultContext,
  ResultDecoder,
  ResultFrame,
  StreamWriter,
  WireFrame,
} from "@sluice/core";
import { encodeError } from "./openai-chat/errors.ts";
import { receiptMembers } from "./openai-chat/receipt.ts";
import { createSseReader, sseEvent } from "./sse.ts";

/** Results beside chat that OpenAI streams as events: each has its `type`, the last of them usage, and no terminator follows. */

const nothing = new Uint8Array(0);

/** Reads a body of events; `decode` gives what one of them stands for, with `end` for the last. */
export function createEventDecoder<Name extends OperationName>(
  limits: FrameLimits,
  decode: (event: JsonObject) => EventOf<Name>[],
): ResultDecoder<Name> {
  const reader = createSseReader(limits);
  const read = ({ raw, data }: WireFrame): ResultFrame<Name> => ({
    raw,
    events: data === "" ? [] : eventsIn(data, decode),
  });
  const guarded = (frames: () => Iterable<WireFrame>): ResultFrame<Name>[] => {
    try {
      return [...frames()].map(read);
    } catch (thrown) {
      const failure =
        thrown instanceof AttemptError ? thrown.failure : { class: "protocol" as const, message: String(thrown) };
      return [{ raw: nothing, events: [{ type: "error", failure }] }];
    }
  };
  return { push: (piece) => guarded(() => reader.push(piece)), end: () => guarded(() => reader.end()) };
}

function eventsIn<Name extends OperationName>(
  data: string,
  decode: (event: JsonObject) => EventOf<Name>[],
): EventOf<Name>[] {
  try {
    const event: unknown = parseJson(data);
    if (isObject(event)) return decode(event);
  } catch {
    // No JSON: as bad as an array.
  }
  return [{ type: "error", failure: { class: "protocol", message: "an event of the answer is no JSON object" } }];
}

/** Passes frames as they came; the last one waits for the receipt, which it carries. */
export function createEventRelay<Name extends OperationName>({
  requestId,
}: ResultContext<Name>): StreamWriter<ResultFrame<Name>> {
  let last: Uint8Array | null = null;
  return {
    write({ raw, events }) {
      if (!events.some(({ type }) => type === "end")) return raw;
      last = raw.slice();
      return nothing;
    },
    end(receipt) {
      const event = last === null ? null : eventOf(new TextDecoder().decode(last));
      return event === null || receipt === null ? (last ?? nothing) : written(event, receipt);
    },
    fail: (error, receipt) => failed(error, requestId, receipt),
  };
}

function eventOf(block: string): JsonObject | null {
  const data = block
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5))
    .join("\n");
  const event: unknown = parseJson(data);
  return isObject(event) ? event : null;
}

/** Writes events as `encode` says them; `done` gives the last one once usage is known. */
export function createEventEncoder<Name extends OperationName>(
  { requestId }: ResultContext<Name>,
  encode: (event: EventOf<Name>) => JsonObject | null,
  done: () => JsonObject,
): StreamWriter<EventOf<Name>> {
  return {
    write(event) {
      const told = encode(event);
      return told === null ? "" : written(told, null);
    },
    end: (receipt) => written(done(), receipt),
    fail: (error, receipt) => failed(error, requestId, receipt),
  };
}

function written(event: JsonObject, receipt: Receipt | null): string {
  const told = receipt === null ? event : { ...event, ...receiptMembers(receipt) };
  return sseEvent(JSON.stringify(told), typeof event["type"] === "string" ? event["type"] : undefined);
}

/** `error` is its first key, as in every stream of OpenAI's. */
function failed(error: GatewayError, requestId: string, receipt: Receipt | null): string {
  return sseEvent(JSON.stringify({ ...encodeError(error, requestId, receipt), type: "error" }), "error");
}
