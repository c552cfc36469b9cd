/** What a dialect accepts as a tool name or call id. */
export interface NameRule {
  /** Matches a whole valid name; without the `g` flag. */
  pattern: RegExp;
  maxLength: number;
  /** Stands for a character that is not allowed. */
  replacement: string;
}

const hashLength = 8;

/**
 * Names as a dialect accepts them, and back. Valid names stay as they are; others get their bad characters replaced and a
 * short hash, so that two names never meet. Deterministic: the same names give the same wire names.
 */
export class NameMap {
  readonly #rule: NameRule;
  readonly #wire = new Map<string, string>();
  readonly #own = new Map<string, string>();

  constructor(rule: NameRule, names: Iterable<string>) {
    this.#rule = rule;
    const all = [...names];
    // Valid names first: none of them may lose its name to a rewritten one.
    for (const name of all) if (this.#isValid(name)) this.#link(name, name);
    for (const name of all) this.toWire(name);
  }

  toWire(name: string): string {
    const known = this.#wire.get(name);
    if (known !== undefined) return known;
    const wire = this.#isValid(name) && !this.#own.has(name) ? name : this.#rewrite(name);
    this.#link(name, wire);
    return wire;
  }

  /** A name that was never mapped is returned as it is: the model may invent one. */
  fromWire(name: string): string {
    return this.#own.get(name) ?? name;
  }

  #link(name: string, wire: string): void {
    this.#wire.set(name, wire);
    this.#own.set(wire, name);
  }

  #isValid(name: string): boolean {
    return name.length <= this.#rule.maxLength && this.#rule.pattern.test(name);
  }

  #rewrite(name: string): string {
    for (let round = 0; ; round++) {
      const hash = digest(round === 0 ? name : `${name}\u0000${round}`, hashLength);
      const readable = `${this.#cleaned(name)}${this.#rule.replacement}${hash}`;
      const wire = this.#isValid(readable) ? readable : bare(hash, this.#rule.maxLength);
      if (!this.#own.has(wire)) return wire;
    }
  }

  #cleaned(name: string): string {
    const { pattern, maxLength, replacement } = this.#rule;
    let clean = "";
    for (const character of name) {
      if (clean.length >= maxLength - hashLength - replacement.length) break;
      clean += pattern.test(clean + character) ? character : replacement;
    }
    return clean;
  }
}

/** For rules that no readable form fits, such as exactly nine letters or digits. */
function bare(hash: string, maxLength: number): string {
  return `t${hash}`.slice(0, maxLength);
}

/** Lower-case letters and digits that follow from the text alone. Not for secrets. */
export function digest(text: string, length: number): string {
  let digits = "";
  for (let lane = 0; digits.length < length; lane++)
    digits += hash32(text, lane).toString(36).padStart(7, "0").slice(-6);
  return digits.slice(0, length);
}

// FNV-1a, its start moved by lane, with a final mix (the plain low digits of FNV-1a follow the last character).
function hash32(text: string, lane: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b1);
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
