/** The words whose presence makes a run of events worth parsing; of some, a following `null` is as good as absence. */
export interface LoudWords {
  always: readonly string[];
  unlessNull: readonly string[];
}

/**
 * Whether every event of the run is one `data` line with a whole-looking object (an `event` line before it, if `named`),
 * and none has a loud word. A cheap look instead of a parse; whatever is unusual counts as loud.
 */
export function isQuietRun(text: string, { always, unlessNull }: LoudWords, named: boolean): boolean {
  for (const word of always) if (text.includes(word)) return false;
  for (const word of unlessNull) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      if (!text.startsWith(":null", at + word.length)) return false;
    }
  }
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n\n", start);
    if (end < 0 || text.charCodeAt(end - 1) !== 0x7d) return false;
    const line = named ? text.indexOf("\n", start) + 1 : start;
    if (named && !text.startsWith("event: ", start)) return false;
    if (!text.startsWith('data: {"', line)) return false;
    const next = text.indexOf("\n", line);
    if (next !== end) return false;
    start = end + 2;
  }
  return true;
}
