import type { MatchLogic } from "@pydantic/genai-prices";

/** Anchors, letters, digits and counted classes: nothing that can take longer than the name is long. */
const linear = /^\^?(?:[\w/=-]|\\[.\-[\]d/]|\{\d{1,2}\}|\[\w+\])*\$?$/;

/** Whether a rule means a model; the name in lower case. */
export type Matcher = (name: string) => boolean;

/**
 * A rule of the table as a function, made once: a list of models asks hundreds of rules hundreds of times.
 *
 * `trusted` tables come with the package. The expressions of others are read only as far as they are linear.
 */
export function matcherOf(rule: MatchLogic, trusted: boolean): Matcher {
  if ("or" in rule) return anyOf(rule.or.map((inner) => matcherOf(inner, trusted)));
  if ("and" in rule) return allOf(rule.and.map((inner) => matcherOf(inner, trusted)));
  if ("equals" in rule) return compare(rule.equals, (name, text) => name === text);
  if ("starts_with" in rule) return compare(rule.starts_with, (name, text) => name.startsWith(text));
  if ("ends_with" in rule) return compare(rule.ends_with, (name, text) => name.endsWith(text));
  if ("contains" in rule) return compare(rule.contains, (name, text) => name.includes(text));
  if (!("regex" in rule) || !(trusted || linear.test(rule.regex))) return () => false;
  const expression = new RegExp(rule.regex);
  return (name) => expression.test(name);
}

function compare(text: string, holds: (name: string, text: string) => boolean): Matcher {
  const lower = text.toLowerCase();
  return (name) => holds(name, lower);
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  return (name) => matchers.some((matches) => matches(name));
}

function allOf(matchers: readonly Matcher[]): Matcher {
  return (name) => matchers.every((matches) => matches(name));
}

const stamped = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** A model in lower case, then with the day at its end the way in which most of the table has it. */
export function spellingsOf(model: string): string[] {
  const name = model.trim().toLowerCase();
  const dashed = name.replace(stamped, "-$1-$2-$3");
  return dashed === name ? [name] : [name, dashed];
}
