import type { MatchLogic } from "@pydantic/genai-prices";

/** Anchors, letters, digits and counted classes: nothing that can take longer than the name is long. */
const linear = /^\^?(?:[\w/=-]|\\[.\-[\]d/]|\{\d{1,2}\}|\[\w+\])*\$?$/;

/**
 * Whether a rule of the table means this model. Letter case does not matter, except in expressions.
 *
 * `trusted` tables come with the package. The expressions of others are read only as far as they are linear.
 */
export function matches(rule: MatchLogic, model: string, trusted: boolean): boolean {
  if ("or" in rule) return rule.or.some((inner) => matches(inner, model, trusted));
  if ("and" in rule) return rule.and.every((inner) => matches(inner, model, trusted));
  const name = model.toLowerCase();
  if ("equals" in rule) return name === rule.equals.toLowerCase();
  if ("starts_with" in rule) return name.startsWith(rule.starts_with.toLowerCase());
  if ("ends_with" in rule) return name.endsWith(rule.ends_with.toLowerCase());
  if ("contains" in rule) return name.includes(rule.contains.toLowerCase());
  return "regex" in rule && (trusted || linear.test(rule.regex)) && new RegExp(rule.regex).test(name);
}

const stamped = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** A model as it was written, then with the day at its end the way in which most of the table has it. */
export function spellingsOf(model: string): string[] {
  const name = model.trim();
  const dashed = name.replace(stamped, "-$1-$2-$3");
  return dashed === name ? [name] : [name, dashed];
}
