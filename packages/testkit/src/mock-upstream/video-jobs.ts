import type { JsonObject } from "@sluice/core";
import { must } from "./endpoints.ts";
import { VendorError } from "./vendor-error.ts";

/** A film of no length that players still take for one: its brand, then nothing. */
export const film = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from("ftypisom\0\0\x02\0isommp41", "latin1"),
  Buffer.from([0, 0, 0, 8]),
  Buffer.from("mdat"),
]);

/** One order of a pretend vendor: queued, being made when it is asked after, done the next time. */
export interface VideoOrder {
  id: string;
  model: string;
  input: JsonObject;
  asked: number;
}

/** The orders of one vendor. Models whose name begins with `failing` never get theirs done. */
export class VideoJobs {
  readonly #orders = new Map<string, VideoOrder>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  order(model: string, input: JsonObject): VideoOrder {
    must(typeof input["prompt"] === "string" && input["prompt"] !== "", "prompt");
    const order = { id: `${this.#prefix}${this.#orders.size + 1}`, model, input, asked: 0 };
    this.#orders.set(order.id, order);
    return order;
  }

  find(id: string): VideoOrder {
    const order = this.#orders.get(id);
    if (order === undefined) throw new VendorError(404, `There is no ${id}.`, { code: "not_found" });
    return order;
  }

  /** How far it is; each time it is asked after it is one step further. */
  look(id: string): { order: VideoOrder; step: "working" | "done" | "failed" } {
    const order = this.find(id);
    order.asked += 1;
    if (order.asked < 2) return { order, step: "working" };
    return { order, step: order.model.split("/").at(-1)?.startsWith("failing") ? "failed" : "done" };
  }

  /** The content of what is done. */
  take(id: string): Uint8Array {
    const { asked } = this.find(id);
    if (asked < 2) throw new VendorError(404, "Video is not ready yet.", { code: "video_not_ready" });
    return film;
  }

  forget(id: string): void {
    this.find(id);
    this.#orders.delete(id);
  }
}
