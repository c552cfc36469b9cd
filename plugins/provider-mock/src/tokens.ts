/**
 * Cuts text into mock tokens: a run of up to six non-blank characters with the blanks before it. Joined, they are the text.
 *
 * @example tokensOf("Hello wonderful world") // ["Hello", " wonder", "ful", " world"]
 */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,6}|\s+$/gu) ?? [];
}

/** What media counts as, whatever its size. */
export const tokensPerMedia = 85;

/** What the frame of a message counts as, beside its content. */
export const tokensPerMessage = 4;
