import { isObject, objectOf, parseJson, stringOf } from "@sluice/core";
import type { DecodeContext, JsonObject, StreamDecoder, StreamEvent, WireFrame } from "@sluice/core";
import { AudioPieces } from "../openai-chat/audio-pieces.ts";
import type { Memo } from "./encode-request.ts";
import { itemReaders } from "./item-events.ts";
import { finish, readError, start } from "./lifecycle.ts";
import { quietEnd } from "./quiet.ts";
import { fail, warnOnce } from "./stream-state.ts";
import type { EventReader, ResponsesState } from "./stream-state.ts";

export const responsesDecoder: StreamDecoder<ResponsesState> = {
  initial: (context: DecodeContext) => ({
    context,
    memo: (context.memo as Memo | undefined) ?? {},
    started: false,
    responseId: null,
    items: new Map(),
    open: [],
    calls: 0,
    messages: 0,
    refused: false,
    committed: false,
    textLength: 0,
    brokenCall: null,
    audio: new AudioPieces("audio/mpeg"),
    over: false,
    warned: new Set(),
  }),

  step(state, frame) {
    // Some vendors end this dialect's streams as they end those of chat.
    if (state.over || frame.data === "" || frame.data.trim() === "[DONE]") return [];
    const event = parse(frame);
    if (event === null) return fail(state, "protocol", "a stream event is not a JSON object");
    return stepEvent(state, event, frame.event);
  },

  end(state) {
    if (state.over) return [];
    return fail(state, state.committed ? "truncated" : "protocol", "the stream ended before its response was complete");
  },

  quietEnd,
};

/** One wire event, parsed. Also how a whole answer is read, item by item. */
export function stepEvent(state: ResponsesState, event: JsonObject, name: string | null): StreamEvent[] {
  const type = stringOf(event.type) ?? name ?? "";
  const read = readers.get(type);
  if (read !== undefined) return read(state, event);
  if (event.error !== undefined && event.error !== null) return readError(state, event);
  return warnOnce(state, "unknown_event", type);
}

const nothing: EventReader = () => [];
const begin: EventReader = (state, { response }) => start(state, objectOf(response) ?? {});
const end: EventReader = (state, { response }) => finish(state, objectOf(response) ?? {});

/** Every published event type. What a vendor's own tool does on its way is told by its item once it is done. */
const readers: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ["response.created", begin],
  ["response.queued", begin],
  ["response.in_progress", begin],
  ["response.completed", end],
  ["response.incomplete", end],
  ["response.failed", (state, event) => readError(state, objectOf(event.response) ?? {})],
  ["error", readError],
  ["keepalive", nothing],
  ...itemReaders,

  ["response.web_search_call.in_progress", nothing],
  ["response.web_search_call.searching", nothing],
  ["response.web_search_call.completed", nothing],
  ["response.file_search_call.in_progress", nothing],
  ["response.file_search_call.searching", nothing],
  ["response.file_search_call.completed", nothing],
  ["response.code_interpreter_call.in_progress", nothing],
  ["response.code_interpreter_call.interpreting", nothing],
  ["response.code_interpreter_call.completed", nothing],
  ["response.code_interpreter_call_code.delta", nothing],
  ["response.code_interpreter_call_code.done", nothing],
  ["response.image_generation_call.in_progress", nothing],
  ["response.image_generation_call.generating", nothing],
  ["response.image_generation_call.partial_image", nothing],
  ["response.image_generation_call.completed", nothing],
  ["response.mcp_call.in_progress", nothing],
  ["response.mcp_call_arguments.delta", nothing],
  ["response.mcp_call_arguments.done", nothing],
  ["response.mcp_call.completed", nothing],
  ["response.mcp_call.failed", nothing],
  ["response.mcp_list_tools.in_progress", nothing],
  ["response.mcp_list_tools.completed", nothing],
  ["response.mcp_list_tools.failed", nothing],
  ["response.shell_call_command.added", nothing],
  ["response.shell_call_command.delta", nothing],
  ["response.shell_call_command.done", nothing],
  ["response.shell_call_output_content.delta", nothing],
  ["response.shell_call_output_content.done", nothing],
  ["response.compaction.compacting", nothing],
]);

function parse(frame: WireFrame): JsonObject | null {
  try {
    const value: unknown = parseJson(frame.data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
