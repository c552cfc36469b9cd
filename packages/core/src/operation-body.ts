import { parseBody, readBytes } from "./body.ts";
import type { Body, BodyLimits } from "./body.ts";
import { errors } from "./errors.ts";
import { parseText } from "./extras-reader.ts";
import type { Incoming } from "./incoming.ts";
import type { Json, JsonObject } from "./json.ts";
import { readForm, textOf } from "./multipart.ts";
import type { FormPart } from "./multipart.ts";
import type { OperationClient } from "./operation-dialect.ts";
import type { OperationName } from "./operation.ts";
import type { Timers } from "./ports.ts";

/** What a client sent: JSON, a form, or a call that has no body. */
export type OperationBody =
  | { type: "json"; body: Body; fields: JsonObject }
  | { type: "form"; parts: readonly FormPart[]; fields: JsonObject }
  | { type: "none"; fields: JsonObject };

/** Throws `SLUICE_REQUEST_*` with status 400, 408, 413 or 415. */
export async function readOperationBody(
  incoming: Incoming,
  { bodies = ["json"] }: Pick<OperationClient<OperationName>, "bodies">,
  limits: BodyLimits,
  timers: Timers,
): Promise<OperationBody> {
  if (incoming.method !== "POST") return { type: "none", fields: {} };
  const type = incoming.headers.get("content-type") ?? "application/json";
  const kind = kindOf(type);
  const encoding = incoming.headers.get("content-encoding") ?? "identity";
  if (kind === null || !bodies.includes(kind)) throw errors.REQUEST_MEDIA_TYPE(type, wanted(bodies));
  if (encoding !== "identity") throw errors.REQUEST_MEDIA_TYPE(`${type}, encoded as ${encoding}`, wanted(bodies));
  const bytes = await readBytes(incoming, limits, timers);
  if (kind === "json") {
    const body = parseBody(bytes, limits);
    return { type: "json", body, fields: body.json };
  }
  const parts = readForm(bytes, type);
  const fields = fieldsOf(parts);
  assertEither(parts, fields);
  return { type: "form", parts, fields };
}

function kindOf(type: string): "json" | "form" | null {
  const essence = type.split(";")[0]?.trim().toLowerCase() ?? "";
  if (essence === "application/json" || essence.endsWith("+json")) return "json";
  return essence === "multipart/form-data" ? "form" : null;
}

function wanted(bodies: readonly ("json" | "form")[]): "JSON" | "a form" | "JSON or a form" {
  if (bodies.length === 2) return "JSON or a form";
  return bodies[0] === "form" ? "a form" : "JSON";
}

const array = "[]";

/** The fields of a form as members; what comes several times, or as `name[]`, is an array. */
function fieldsOf(parts: readonly FormPart[]): JsonObject {
  const fields = new Map<string, Json>();
  for (const part of parts) {
    if (part.filename !== null) continue;
    const text = textOf(part);
    const name = part.name.endsWith(array) ? part.name.slice(0, -array.length) : part.name;
    const known = fields.get(name);
    if (Array.isArray(known)) known.push(text);
    else if (known !== undefined) fields.set(name, [known, text]);
    else fields.set(name, part.name.endsWith(array) ? [text] : text);
  }
  return Object.fromEntries(fields);
}

/** A name is a field or a file: what is checked as one must not be read as the other further on. */
function assertEither(parts: readonly FormPart[], fields: JsonObject): void {
  for (const { name, filename } of parts) {
    const bare = name.endsWith(array) ? name.slice(0, -array.length) : name;
    if (filename !== null && Object.hasOwn(fields, bare)) throw errors.REQUEST_DUPLICATE_FIELD(bare);
  }
}

/** Gateway fields in a form hold JSON where it parses, else the text itself, as they do in headers. */
export function parseExtras(fields: JsonObject, names: readonly string[], depth: number): JsonObject {
  const parsed = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" && (names.includes(name) || name === "extra_body")
      ? parseText(value, name, depth)
      : value,
  ]);
  return Object.fromEntries(parsed) as JsonObject;
}
