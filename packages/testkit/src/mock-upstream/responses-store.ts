import type { JsonObject } from "@sluice/core";
import { records, words } from "./fields.ts";
import type { VendorEvent } from "./vendor.ts";
import { VendorError } from "./vendor-error.ts";

/** An answer that was kept, with what led to it. */
export interface StoredResponse {
  response: JsonObject;
  /** The whole conversation before the answer, every item with its id. */
  input: JsonObject[];
  /** The same answer as a stream, for callers that come back for it. */
  events: VendorEvent[];
}

/** What one upstream keeps of the answers that it gave. */
export class ResponseStore {
  readonly #responses = new Map<string, StoredResponse>();
  readonly #items = new Map<string, JsonObject>();

  keep(stored: StoredResponse): void {
    this.#responses.set(words(stored.response["id"]), stored);
    for (const item of [...stored.input, ...records(stored.response["output"])])
      this.#items.set(words(item["id"]), item);
  }

  /** Throws 404 for an id that is not there, or no longer. */
  get(id: string): StoredResponse {
    const stored = this.#responses.get(id);
    if (stored === undefined) throw new VendorError(404, `Response with id '${id}' not found.`, { param: "id" });
    return stored;
  }

  has(id: string): boolean {
    return this.#responses.has(id);
  }

  delete(id: string): void {
    this.get(id);
    this.#responses.delete(id);
  }

  /** An item of any answer or input. Throws 404. */
  item(id: string): JsonObject {
    const item = this.#items.get(id);
    if (item !== undefined) return item;
    throw new VendorError(
      404,
      `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
      { param: "input" },
    );
  }
}
