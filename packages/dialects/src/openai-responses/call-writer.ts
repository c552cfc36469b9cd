import { customInput } from "../openai-chat/answer.ts";
import type { ItemWriter, OpenItem } from "./item-writer.ts";

interface OpenCall extends OpenItem {
  readonly isCustom: boolean;
  text: string;
}

/** Writes calls of the client's own tools. */
export class CallWriter {
  readonly #items: ItemWriter;
  /** Tools that take free text. */
  readonly #custom: readonly string[];
  #open: OpenCall | null = null;
  #count = 0;

  constructor(items: ItemWriter, custom: readonly string[]) {
    this.#items = items;
    this.#custom = custom;
  }

  start(call_id: string, name: string): string {
    const isCustom = this.#custom.includes(name);
    const rest = this.#items.restOf("call", this.#count++);
    const { told, open } = isCustom
      ? this.#items.add("ctc", { type: "custom_tool_call", status: "in_progress", call_id, name, input: "", ...rest })
      : this.#items.add("fc", { type: "function_call", status: "in_progress", call_id, name, arguments: "", ...rest });
    this.#open = { ...open, isCustom, text: "" };
    return told;
  }

  write(text: string): string {
    const call = this.#open;
    if (call === null || text === "") return "";
    call.text += text;
    // Free text must be unwrapped whole.
    if (call.isCustom) return "";
    return this.#items.event("response.function_call_arguments.delta", { ...placeOf(call), delta: text });
  }

  close(status: string): string {
    const call = this.#open;
    if (call === null) return "";
    const empty = call.text === "" && !call.isCustom ? this.write("{}") : "";
    this.#open = null;
    return empty + (call.isCustom ? this.#closeCustom(call, status) : this.#closeFunction(call, status));
  }

  #closeFunction(call: OpenCall, status: string): string {
    const done = { arguments: call.text };
    return (
      this.#items.event("response.function_call_arguments.done", { ...placeOf(call), ...done }) +
      this.#items.done(call, { ...call.item, status, ...done })
    );
  }

  #closeCustom(call: OpenCall, status: string): string {
    const input = customInput(call.text);
    return (
      this.#items.event("response.custom_tool_call_input.delta", { ...placeOf(call), delta: input }) +
      this.#items.event("response.custom_tool_call_input.done", { ...placeOf(call), input }) +
      this.#items.done(call, { ...call.item, status, input })
    );
  }
}

function placeOf({ id, index }: OpenItem) {
  return { item_id: id, output_index: index };
}
