/** Documents by how many words of the query they have, the best first; the score is that share. */
export function rank(query: string, documents: readonly string[]): { index: number; score: number }[] {
  const wanted = new Set(wordsOf(query));
  const scored = documents.map((document, index) => {
    const found = new Set(wordsOf(document));
    const shared = [...wanted].filter((word) => found.has(word)).length;
    return { index, score: wanted.size === 0 ? 0 : shared / wanted.size };
  });
  return scored.toSorted((a, b) => b.score - a.score || a.index - b.index);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
