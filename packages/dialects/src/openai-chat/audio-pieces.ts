import { isObject } from "@sluice/core";
import type { Json, StreamEvent } from "@sluice/core";

/** Joins spoken audio, whose base64 comes in pieces that are padded each on its own. */
export class AudioPieces {
  readonly #mediaType: string;
  #bytes = "";
  #transcript = "";
  #seen = false;

  constructor(mediaType: string) {
    this.#mediaType = mediaType;
  }

  /** Nothing is told before the end. */
  take(audio: Json): StreamEvent[] {
    if (!isObject(audio)) return [];
    this.#seen = true;
    if (typeof audio.transcript === "string") this.#transcript += audio.transcript;
    if (typeof audio.data !== "string") return [];
    try {
      this.#bytes += atob(audio.data);
    } catch {
      // Not base64: there is nothing to hear in it, and the transcript still is.
    }
    return [];
  }

  end(choice: number): StreamEvent[] {
    if (!this.#seen) return [];
    const source = { kind: "data" as const, mediaType: this.#mediaType, data: btoa(this.#bytes) };
    return [{ type: "media", choice, media: "audio", source, transcript: this.#transcript }];
  }
}
