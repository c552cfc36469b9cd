/** Identifiers that a plugin cannot have: words of the language, names in its own files, members of contexts and receipts. */
const takenIdentifiers = new Set(
  [
    "break case catch class const continue debugger default delete do else enum export extends false finally for function",
    "if import in instanceof new null return super switch this throw true try typeof var void while with yield let static",
    "await async eval arguments package private protected public implements interface undefined",
    "definePlugin defineErrors errors z options countCharacters createGateway mock expect test models ask testPlugin",
    "id dialect operation method path headers credential signal log warn report request extras model",
    "channel provider route stream complete attempts skipped why warnings source cached usage tags error",
  ].flatMap((names) => names.split(" ")),
);

/** `sluice-plugin-word-count` → `wordCount`: the id of a plugin and the name of its factory. */
export function identifierOf(name: string): string {
  const words = name
    .replace(/^sluice-(plugin-)?/, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const [first = "", ...rest] = words;
  const identifier = first + rest.map(capital).join("");
  if (!/^[a-z]/.test(identifier)) return `plugin${identifier}`;
  return takenIdentifiers.has(identifier) ? `${identifier}Plugin` : identifier;
}

/** The spellings of one name: `wordCount` · `WordCount` · `WORD_COUNT`. */
export function spellingsOf(id: string): { id: string; type: string; code: string } {
  return { id, type: capital(id), code: id.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase() };
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
