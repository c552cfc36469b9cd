import type { Json, JsonObject } from "@sluice/core";
import { sseEvent } from "../sse.ts";
import type { Preferences } from "./decode-request.ts";

/** Writes the chunks of one stream as events, or as the elements of one JSON array. */
export class ChunkWriter {
  readonly #form: Preferences["stream"];
  #opened = false;

  constructor(form: Preferences["stream"]) {
    this.#form = form;
  }

  /** One chunk, as JSON text on one line. */
  write(json: string): string {
    if (this.#form === "sse") return sseEvent(json);
    const before = this.#opened ? ",\n" : "[";
    this.#opened = true;
    return before + json;
  }

  end(): string {
    if (this.#form === "sse") return "";
    return this.#opened ? "]\n" : "[]\n";
  }

  /**
   * The error as an event, then bare as the last bytes: the vendor's own clients read only the second, parsers of events
   * only the first. In an array it is the last element.
   */
  fail(error: JsonObject): string {
    const json = JSON.stringify(error as Json);
    return this.#form === "sse" ? sseEvent(json) + json : this.write(json) + this.end();
  }
}
