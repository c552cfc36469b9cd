import type { Body } from "./body.ts";
import type { Warning } from "./event.ts";
import type { TakenExtras } from "./extras-reader.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import { fieldPart, writeForm } from "./multipart.ts";
import type { FormPart } from "./multipart.ts";
import type { EncodedOperation, OperationDialect, OperationUpstream } from "./operation-dialect.ts";
import type { OperationName, OperationRequest } from "./operation.ts";
import { concat, spliceMembers } from "./splice.ts";
import type { UpstreamCall } from "./upstream-call.ts";
import { assertKept } from "./upstream.ts";

/** What one call to an upstream needs, for any operation but chat. */
export interface OperationCall extends Omit<UpstreamCall, "request" | "original" | "clientDialect" | "isUnread"> {
  request: OperationRequest;
  /** What the client sent, when no stage has changed the request. */
  original: { body: Body | null; form: readonly FormPart[] | null; taken: TakenExtras | null } | null;
  dispatched: Dispatched;
}

/** What became of a request that must not be sent twice; shared by its calls. */
export interface Dispatched {
  /** Why it must not be sent any more. */
  failure: Failure | null;
}

/** What is sent: the bytes of a body and what they are. */
export interface Sending {
  request: OperationRequest;
  body: Uint8Array | null;
  mediaType: string | null;
  memo?: unknown;
  warnings: readonly Warning[];
}

/** Throws a verdict when the request cannot be said to this target; nothing has been sent then. */
export function encodeSendings(
  call: OperationCall,
  dialect: OperationDialect,
  upstream: OperationUpstream<OperationName>,
): readonly Sending[] {
  const target = call.target.codec;
  const requests = upstream.batch?.split(call.request, target) ?? [call.request];
  const [only] = requests;
  if (requests.length === 1 && only && call.original && dialect.id === call.request.origin.dialect) {
    return [patched(call, upstream, call.original)];
  }
  return requests.map((request) => {
    const encoded = upstream.encodeRequest(request, target);
    assertKept(call, encoded.warnings);
    return { request, ...bodyOf(encoded.body, call), memo: encoded.memo, warnings: encoded.warnings };
  });
}

/** The client's own body with what must change. */
function patched(
  call: OperationCall,
  upstream: OperationUpstream<OperationName>,
  { body, form, taken }: NonNullable<OperationCall["original"]>,
): Sending {
  const { request } = call;
  const patch = upstream.patchRequest(taken?.json ?? {}, request, call.target.codec);
  assertKept(call, patch.warnings);
  const set = { ...taken?.edits.set, ...patch.set };
  const remove = [...(taken?.edits.remove ?? []), ...patch.remove];
  const { warnings } = patch;
  if (form) return { request, ...bodyOf(patchForm(form, set, remove), call), warnings };
  if (!body) return { request, body: null, mediaType: null, warnings };
  return { request, body: concat(spliceMembers(body.bytes, body.scan, set, remove)), mediaType: json, warnings };
}

/** The parts in their order, each changed field where it stood first. */
function patchForm(
  form: readonly FormPart[],
  set: Readonly<Record<string, Json>>,
  remove: readonly string[],
): FormPart[] {
  const pending = new Map(Object.entries(set));
  const parts = form.flatMap((part) => {
    const name = part.name.replace(/\[\]$/, "");
    if (part.filename !== null || !(Object.hasOwn(set, name) || remove.includes(name))) return [part];
    const value = pending.get(name);
    pending.delete(name);
    return value === undefined ? [] : [fieldPart(part.name, textOfField(value))];
  });
  return [...parts, ...[...pending].map(([name, value]) => fieldPart(name, textOfField(value)))];
}

function textOfField(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const json = "application/json";
const encoder = new TextEncoder();

function bodyOf(body: EncodedOperation["body"], { ports }: OperationCall): Pick<Sending, "body" | "mediaType"> {
  if (body === null) return { body: null, mediaType: null };
  if (!isForm(body)) return { body: encoder.encode(JSON.stringify(body)), mediaType: json };
  const boundary = `sluice-${ports.id("form")}`;
  return { body: writeForm(body, boundary), mediaType: `multipart/form-data; boundary=${boundary}` };
}

function isForm(body: NonNullable<EncodedOperation["body"]>): body is readonly FormPart[] {
  return Array.isArray(body);
}
