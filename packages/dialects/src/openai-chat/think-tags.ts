/** Text and thinking as they are told apart inside one string. */
export interface ThinkPiece {
  type: "text" | "reasoning";
  text: string;
}

const opening = "<think>";
const closing = "</think>";

/**
 * Splits inline `<think>…</think>` at the start of an answer from its text, whatever the pieces. A tag that is only
 * half there waits for its rest; later tags are text.
 */
export class ThinkTags {
  #phase: "before" | "inside" | "between" | "after" = "before";
  #waiting = "";

  feed(text: string): ThinkPiece[] {
    if (this.#phase === "after") return piece("text", text);
    if (this.#phase === "between") return this.#between(text);
    this.#waiting += text;
    return this.#phase === "before" ? this.#before() : this.#inside();
  }

  /** What waited for a tag that never came. */
  end(): ThinkPiece[] {
    const rest = this.#waiting;
    this.#waiting = "";
    return piece(this.#phase === "inside" ? "reasoning" : "text", rest);
  }

  #before(): ThinkPiece[] {
    const start = this.#waiting.trimStart();
    if (start.length < opening.length && opening.startsWith(start)) return [];
    if (!start.startsWith(opening)) {
      this.#phase = "after";
      return this.end();
    }
    this.#phase = "inside";
    this.#waiting = start.slice(opening.length);
    return this.#inside();
  }

  #inside(): ThinkPiece[] {
    const found = this.#waiting.indexOf(closing);
    if (found === -1) {
      const kept = halfTag(this.#waiting);
      const whole = this.#waiting.slice(0, this.#waiting.length - kept);
      this.#waiting = this.#waiting.slice(whole.length);
      return piece("reasoning", whole);
    }
    const thought = this.#waiting.slice(0, found);
    const rest = this.#waiting.slice(found + closing.length);
    this.#phase = "between";
    this.#waiting = "";
    return [...piece("reasoning", thought), ...this.#between(rest)];
  }

  /** The blank lines between thinking and answer belong to neither. */
  #between(text: string): ThinkPiece[] {
    const answer = text.trimStart();
    if (answer !== "") this.#phase = "after";
    return piece("text", answer);
  }
}

/** The length of the longest end of `text` that begins the closing tag. */
function halfTag(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(closing.slice(0, length))) return length;
  }
  return 0;
}

function piece(type: ThinkPiece["type"], text: string): ThinkPiece[] {
  return text === "" ? [] : [{ type, text }];
}
