/** Compares output that a page shows with what came out, apart from what differs at every run. */

/** What of the shown output did not come out, as lines or as JSON paths. */
export function notShown(language: string, shown: string, actual: string): string[] {
  if (actual === "") return ["nothing came out"];
  return language === "json" ? differences(JSON.parse(shown), JSON.parse(actual)) : missingLines(shown, actual);
}

const ids = /\b(req_mock|req|att|chatcmpl-mock|chatcmpl|msg)_[0-9a-z_]+/g;

/** Lines of the page that do not come out, in order. `…` alone on a line stands for any lines. */
function missingLines(shown: string, actual: string): string[] {
  const lines = actual.split("\n").map(plain);
  const missing: string[] = [];
  let from = 0;
  for (const line of shown.split("\n").map(plain)) {
    if (line === "" || line === "…") continue;
    const found = lines.indexOf(line, from);
    if (found < 0) missing.push(line);
    else from = found + 1;
  }
  return missing;
}

function plain(line: string): string {
  return (
    line
      .replaceAll(ids, "$1_ID")
      .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "TIME")
      .replaceAll(/\b\d+(\.\d+)? ?(ms|s|B|kB)\b/g, "SIZE")
      .replaceAll(/localhost:\d+/g, "HOST")
      .replaceAll(/\b\d{10,}\b/g, "UNIX")
      // Every dialect brings more.
      .replaceAll(/\b\d+ routes\b/g, "ROUTES")
      .replaceAll(/_ms":\d+|"ms":\d+|dur=\d+/g, "MS")
      .replaceAll(/^date: .*$/gi, "date")
      .replaceAll(/\s+/g, " ")
      .trim()
  );
}

const volatile = /(^|_)ms$|^created$|^id$|request_id$/;

/** Paths at which the JSON of a page is no part of the JSON that came out. An object may show fewer members. */
function differences(shown: unknown, actual: unknown, path = "$"): string[] {
  const name = path.split(".").at(-1) ?? "";
  if (volatile.test(name)) return typeof shown === typeof actual ? [] : [path];
  if (Array.isArray(shown)) {
    if (!Array.isArray(actual) || shown.length !== actual.length) return [path];
    return shown.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`));
  }
  if (typeof shown === "object" && shown !== null) {
    if (typeof actual !== "object" || actual === null) return [path];
    return Object.entries(shown).flatMap(([key, value]) =>
      differences(value, (actual as Record<string, unknown>)[key], `${path}.${key}`),
    );
  }
  return shown === actual ? [] : [`${path}: ${JSON.stringify(shown)} is ${JSON.stringify(actual)}`];
}
