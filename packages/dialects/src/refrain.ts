/**
 * Tokens arrive in events that differ in one string. Where an event is like the one before it up to that string and after
 * it, the string is all that must be parsed; whatever differs otherwise is read as a whole.
 */
export class Refrain {
  #before = "";
  #after = "";

  /** Notes an event in which `text` is the value of the member that will change. */
  note(event: string, text: string): void {
    this.#before = "";
    // Without escapes a string stands as it is, so the only place where it stands is its own.
    if (event.includes("\\")) return;
    const literal = `"${text}"`;
    const at = event.indexOf(literal);
    if (at === -1 || event.indexOf(literal, at + 1) !== -1) return;
    this.#before = event.slice(0, at);
    this.#after = event.slice(at + literal.length);
  }

  /** The string of an event that says the same; null for every other. */
  textOf(event: string): string | null {
    const start = this.#before.length;
    const end = event.length - this.#after.length;
    if (start === 0 || end < start + 2 || !event.startsWith(this.#before) || !event.endsWith(this.#after)) return null;
    try {
      const text: unknown = JSON.parse(event.slice(start, end));
      return typeof text === "string" ? text : null;
    } catch {
      return null;
    }
  }
}
