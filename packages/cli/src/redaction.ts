const secretName = /(key|token|secret|password|passwd|credential)s?$/i;
/** What keys look like in source text: a prefix that vendors use, or the value of a field that is named like a secret. */
const keyShapes = /\b(?:sk|pk|rk|AIza|gsk|xai|hf|ghp|eyJ)[-_]?[A-Za-z0-9_-]{12,}/g;
const secretField = /((?:key|token|secret|password|authorization)["']?\s*[:=]\s*["'`])(?!\$\{)([^"'`\n]{4,})/gi;

/**
 * Makes a function that takes secrets out of text: the values of variables that are named like secrets, values of fields
 * that are, and anything shaped like a key. Everything the CLI prints passes through it.
 */
export function createRedaction(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => secretName.test(name) && value !== undefined && value.length >= 8)
    .map(([name, value]) => ({ name, value: value as string }))
    .sort((a, b) => b.value.length - a.value.length);

  return (text) => {
    let redacted = text;
    for (const { name, value } of secrets) redacted = redacted.replaceAll(value, `[${name}]`);
    return redacted.replaceAll(secretField, "$1…").replaceAll(keyShapes, "[key]");
  };
}
