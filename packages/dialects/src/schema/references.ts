import { isObject } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/** The schema that a local `$ref` such as `#/$defs/Address` means, or null. */
export function resolve(root: JsonObject, reference: Json | undefined): JsonObject | null {
  if (typeof reference !== "string" || !reference.startsWith("#")) return null;
  let found: Json | undefined = root;
  for (const segment of segments(reference)) {
    if (Array.isArray(found)) found = found[Number(segment)];
    else if (isObject(found) && Object.hasOwn(found, segment)) found = found[segment];
    else return null;
  }
  if (found === true) return {};
  return isObject(found) ? found : null;
}

/** The last name of a pointer, for use as the name of a definition. */
export function nameOf(reference: string): string {
  return (
    segments(reference)
      .at(-1)
      ?.replaceAll(/[^\w-]/g, "_") || "root"
  );
}

function segments(reference: string): string[] {
  return reference
    .slice(1)
    .split("/")
    .slice(1)
    .map((segment) => unescaped(segment));
}

function unescaped(segment: string): string {
  const plain = segment.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** Every `$ref` of which the definition leads back to itself. */
export function cyclicReferences(root: JsonObject): ReadonlySet<string> {
  const edges = new Map<string, Set<string>>();
  const open = [...referencesIn(root)];
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    if (edges.has(reference)) continue;
    const target = resolve(root, reference);
    const next = target === null ? new Set<string>() : referencesIn(target);
    edges.set(reference, next);
    open.push(...next);
  }
  return new Set([...edges.keys()].filter((reference) => reaches(edges, reference)));
}

function reaches(edges: ReadonlyMap<string, ReadonlySet<string>>, start: string): boolean {
  const seen = new Set<string>();
  const open = [...(edges.get(start) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === start) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(edges.get(next) ?? []));
  }
  return false;
}

/** The references inside a schema, its definitions left aside: they count when something refers to them. */
export function referencesIn(schema: Json | undefined): Set<string> {
  const found = new Set<string>();
  const walk = (value: Json | undefined) => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === "$ref" && typeof member === "string") found.add(member);
      else if (key !== "$defs" && key !== "definitions") walk(member);
    }
  };
  walk(schema);
  return found;
}
