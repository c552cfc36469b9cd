/**
 * Whether the name matches the pattern, in which `*` stands for any run of characters.
 *
 * Linear matcher: no regular expression is ever built from configuration or input.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (pattern[p] === name[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

export function isGlob(pattern: string): boolean {
  return pattern.includes("*");
}
