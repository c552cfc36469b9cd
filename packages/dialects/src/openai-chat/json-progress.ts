/**
 * Follows JSON text as it arrives and knows when its object or array is closed, in one pass over the characters.
 *
 * It does not check the grammar: whoever needs that parses the text once, at its end.
 */
export class JsonProgress {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Whether the outermost object or array has been closed. */
  whole = false;

  feed(text: string): void {
    for (let index = 0; index < text.length; index++) {
      const character = text[index];
      if (this.#inString) this.#inside(character);
      else if (character === '"') this.#inString = true;
      else if (character === "{" || character === "[") this.#depth++;
      else if ((character === "}" || character === "]") && --this.#depth === 0) this.whole = true;
    }
  }

  #inside(character: string | undefined): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === "\\") this.#escaped = true;
    else if (character === '"') this.#inString = false;
  }
}
