import { parseSync } from "rolldown/utils";
import type { Place } from "./frame.ts";

/** A node of the parsed file, as far as it is read here. */
interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** The first syntax error of a source file, or null. */
export function locateSyntaxError(file: string, text: string): { message: string; place: Place } | null {
  const error = parse(file, text).errors.find(({ severity }) => severity === "Error");
  if (!error) return null;
  const [label] = error.labels;
  return { message: `${error.message}.`, place: placeOf(file, text, label?.start ?? 0, label?.end ?? 1) };
}

/**
 * Where a path of the config, such as `models.support.targets[1]`, stands in the file: the deepest part of it that is
 * written there literally. Null when not even its first step is.
 */
export function locatePath(file: string, text: string, path: string): Place | null {
  const { program } = parse(file, text);
  let node = configOf(program as unknown as Node);
  if (!node) return null;

  let rest = path;
  let found: Node | null = null;
  while (rest !== "" && node) {
    const step = stepInto(node, rest);
    if (!step) break;
    [found, node, rest] = [step.shown, step.node, step.rest];
  }
  return found && placeOf(file, text, found.start, found.end);
}

/** The first string literal with this value, key or call of this name. */
export function locateMention(file: string, text: string, name: string): Place | null {
  let found: Node | null = null;
  visit(parse(file, text).program as unknown as Node, (node) => {
    if (found) return;
    const isCall = node.type === "CallExpression" && isNode(node["callee"]) && node["callee"]["name"] === name;
    if (isCall) found = node["callee"] as Node;
    else if (node.type === "Property" && keyOf(node) === name) found = node["key"] as Node;
    else if (node.type === "Literal" && node["value"] === name) found = node;
  });
  if (!found) return null;
  const { start, end } = found as Node;
  return placeOf(file, text, start, end);
}

export function placeOf(file: string, text: string, start: number, end: number): Place {
  const before = text.slice(0, start).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  const length = text.slice(start, end).split("\n")[0]?.length ?? 1;
  return { file, line: before.length, column, length: Math.max(1, length), text };
}

function parse(file: string, text: string): ReturnType<typeof parseSync> {
  return parseSync(file, text, { sourceType: "module" });
}

/** The object literal handed to `defineGateway`. */
function configOf(program: Node): Node | null {
  let config: Node | null = null;
  visit(program, (node) => {
    if (node.type !== "CallExpression" || !isNode(node["callee"])) return;
    if (node["callee"]["name"] !== "defineGateway") return;
    config = bare((node["arguments"] as Node[])[0]);
  });
  return config;
}

interface Step {
  /** What to underline: the key, or the element. */
  shown: Node;
  node: Node | null;
  rest: string;
}

function stepInto(node: Node, path: string): Step | null {
  if (node.type === "ArrayExpression") return stepIntoArray(node, path);
  if (node.type === "ObjectExpression") return stepIntoObject(node, path);
  return null;
}

function stepIntoArray(node: Node, path: string): Step | null {
  const match = /^\.?\[?(\d+)\]?\.?/.exec(path);
  const element = match && (node["elements"] as (Node | null)[])[Number(match[1])];
  if (!match || !element) return null;
  return { shown: element, node: bare(element), rest: path.slice(match[0].length) };
}

/** Keys may hold dots and slashes, so the longest key that the path begins with is the step. */
function stepIntoObject(node: Node, path: string): Step | null {
  const properties = (node["properties"] as Node[]).filter(({ type }) => type === "Property");
  const steps = properties.flatMap((property) => {
    const rest = withoutKey(path, keyOf(property));
    return rest === null ? [] : [{ property, rest }];
  });
  const step = steps.sort((a, b) => a.rest.length - b.rest.length)[0];
  if (!step) return null;

  const value = bare(step.property["value"]);
  const isLeaf = step.rest === "" && value?.type === "Literal";
  return { shown: isLeaf ? value : (step.property["key"] as Node), node: value, rest: step.rest };
}

function withoutKey(path: string, key: string): string | null {
  for (const form of [key, `["${key}"]`, `['${key}']`, JSON.stringify(key)]) {
    if (form === "" || !path.startsWith(form)) continue;
    const rest = path.slice(form.length);
    if (rest === "" || rest.startsWith(".") || rest.startsWith("[")) return rest.replace(/^\./, "");
  }
  return null;
}

function keyOf(property: Node): string {
  const key = property["key"] as Node;
  const name = key.type === "Identifier" ? key["name"] : key["value"];
  return typeof name === "string" ? name : "";
}

/** The expression without `as`, `satisfies` and brackets. */
function bare(value: unknown): Node | null {
  if (!isNode(value)) return null;
  return isNode(value["expression"]) ? bare(value["expression"]) : value;
}

function visit(node: Node, enter: (node: Node) => void): void {
  enter(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, enter);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
