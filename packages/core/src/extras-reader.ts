import type { Settings } from "./config.ts";
import { errors } from "./errors.ts";
import type { Warning } from "./event.ts";
import { coreExtras } from "./extras.ts";
import type { CoreExtras } from "./extras.ts";
import { nearest } from "./guess.ts";
import { parseJson } from "./json-text.ts";
import { isObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { parseWith } from "./schema.ts";
import type { Parsed, Schema, Schemas } from "./schema.ts";

/** Extras taken off a request, and what is left for the dialect. */
export interface TakenExtras {
  extras: CoreExtras & Record<string, unknown>;
  /** The body without extras. */
  json: JsonObject;
  /** The same as edits of the client's bytes. */
  edits: { set: Record<string, Json>; remove: string[] };
  warnings: Warning[];
}

interface Claim {
  /** `x-sluice-<extra>` */
  header: string;
  schema: Schema;
  /** What an absent field parses to. */
  absent: Parsed;
}

const headerPrefix = "x-sluice-";
const noEdits: TakenExtras["edits"] = { set: {}, remove: [] };
const none: Warning[] = [];

/**
 * Takes gateway fields off requests: the top level first, then `extra_body`, then `x-sluice-<extra>` headers; the first
 * place that has a field wins and it is removed from all. Built once for all plugins.
 */
export class ExtrasReader {
  readonly names: readonly string[];
  readonly #claims = new Map<string, Claim>();
  readonly #strict: boolean;
  readonly #depth: number;
  /** What the extras are when none is sent. */
  readonly #defaults: Record<string, unknown> = {};
  readonly #hasRequired: boolean;

  constructor(claimed: Schemas, { strict, body }: Pick<Settings, "strict" | "body">) {
    this.#strict = strict;
    this.#depth = body.depth;
    for (const [name, schema] of Object.entries({ ...coreExtras, ...claimed })) {
      this.#claims.set(name, {
        header: headerPrefix + name.replaceAll("_", "-"),
        schema,
        absent: parseWith(schema, undefined),
      });
    }
    this.names = [...this.#claims.keys()];
    for (const [name, { absent }] of this.#claims) {
      if (absent.ok && absent.value !== undefined) this.#defaults[name] = absent.value;
    }
    this.#hasRequired = [...this.#claims.values()].some(({ absent }) => !absent.ok);
  }

  /** Throws `SLUICE_REQUEST_INVALID`, and in strict mode `SLUICE_REQUEST_UNKNOWN_FIELD`. */
  take(body: JsonObject, fields: ReadonlySet<string>, headers: ReadonlyMap<string, string>): TakenExtras {
    if (!this.#areAsked(body, headers)) {
      if (this.#strict) this.#assertKnown(body, fields);
      return { extras: { ...this.#defaults }, json: body, edits: noEdits, warnings: none };
    }
    const nested = this.#nested(body);
    const extras: Record<string, unknown> = {};
    const edits: TakenExtras["edits"] = { set: {}, remove: [] };
    for (const [name, claim] of this.#claims) {
      const found = this.#find(name, claim.header, body, nested, headers);
      const parsed = found ? parseWith(claim.schema, found.value) : claim.absent;
      if (!parsed.ok) throw errors.REQUEST_INVALID(`${found?.place ?? name}${parsed.path}`, parsed.problem);
      if (parsed.value !== undefined) extras[name] = parsed.value;
      if (Object.hasOwn(body, name)) edits.remove.push(name);
    }
    if (nested) this.#editNested(nested, edits);
    const json = withEdits(body, edits);
    if (this.#strict) this.#assertKnown(json, fields);
    return { extras, json, edits, warnings: this.#unknownHeaders(headers) };
  }

  /** Most requests have no extras. Then what absent ones parse to is known, and nothing is looked for one by one. */
  #areAsked(body: JsonObject, headers: ReadonlyMap<string, string>): boolean {
    if (this.#hasRequired) return true;
    for (const name of Object.keys(body)) if (name === "extra_body" || this.#claims.has(name)) return true;
    for (const header of headers.keys()) if (header.startsWith(headerPrefix)) return true;
    return false;
  }

  #find(
    name: string,
    header: string,
    body: JsonObject,
    nested: JsonObject | null,
    headers: ReadonlyMap<string, string>,
  ): { place: string; value: unknown } | null {
    if (Object.hasOwn(body, name)) return { place: name, value: body[name] };
    if (nested && Object.hasOwn(nested, name)) return { place: `extra_body.${name}`, value: nested[name] };
    const value = headers.get(header);
    return value === undefined ? null : { place: header, value: parseText(value, header, this.#depth) };
  }

  #nested(body: JsonObject): JsonObject | null {
    const nested = body["extra_body"];
    if (nested === undefined || nested === null) return null;
    if (!isObject(nested)) throw errors.REQUEST_INVALID("extra_body", "must be an object");
    return nested;
  }

  /** What no plugin claims stays where it was: some vendors read their own fields from `extra_body`. */
  #editNested(nested: JsonObject, edits: TakenExtras["edits"]): void {
    const rest = Object.entries(nested).filter(([name]) => !this.#claims.has(name));
    if (this.#strict && rest[0]) throw this.#unknown(`extra_body.${rest[0][0]}`, rest[0][0]);
    if (rest.length === 0) edits.remove.push("extra_body");
    else if (rest.length < Object.keys(nested).length) edits.set["extra_body"] = Object.fromEntries(rest) as JsonObject;
  }

  #assertKnown(json: JsonObject, fields: ReadonlySet<string>): void {
    for (const name of Object.keys(json)) if (!fields.has(name)) throw this.#unknown(name, name, fields);
  }

  #unknown(path: string, name: string, fields: Iterable<string> = []): ReturnType<typeof errors.REQUEST_UNKNOWN_FIELD> {
    return errors.REQUEST_UNKNOWN_FIELD(path, this.names, nearest(name, [...this.names, ...fields]));
  }

  #unknownHeaders(headers: ReadonlyMap<string, string>): Warning[] {
    const warnings: Warning[] = [];
    for (const header of headers.keys()) {
      if (!header.startsWith(headerPrefix)) continue;
      const name = header.slice(headerPrefix.length).replaceAll("-", "_");
      if (!this.#claims.has(name)) {
        if (this.#strict) throw this.#unknown(header, name);
        warnings.push({
          code: "unknown_extra",
          message: `The header ${header} names no gateway field and was ignored.`,
          field: header,
        });
      }
    }
    return warnings;
  }
}

/**
 * What stands in a header or in a field of a form: JSON where it parses (`30`, `true`, `["a"]`), else the text itself.
 *
 * It is nested no deeper than a body may be: whoever reads it may do so level by level.
 */
export function parseText(text: string, place: string, depth: number): unknown {
  if (levelsOf(text) > depth) throw errors.REQUEST_INVALID(place, `is nested deeper than ${depth} levels`);
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function levelsOf(text: string): number {
  let most = 0;
  let levels = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\\") at++;
    else if (sign === '"') isString = !isString;
    else if (isString) continue;
    else if (sign === "[" || sign === "{") most = Math.max(most, ++levels);
    else if (sign === "]" || sign === "}") levels--;
  }
  return most;
}

function withEdits(body: JsonObject, { set, remove }: TakenExtras["edits"]): JsonObject {
  if (remove.length === 0 && Object.keys(set).length === 0) return body;
  // By descriptor: members that are parsed late stay unread.
  const kept = Object.getOwnPropertyDescriptors(body);
  for (const name of remove) delete kept[name];
  return Object.assign(Object.defineProperties({}, kept), set) as JsonObject;
}
