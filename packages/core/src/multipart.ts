import { make } from "multipasta";
import type { MultipartError, PartInfo } from "multipasta";
import { errors } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import { concat, joined } from "./splice.ts";

/** One part of a form. A file is one that has a file name. */
export interface FormPart {
  name: string;
  /** Null for a field. */
  filename: string | null;
  /** As the part says it; null where it says nothing. */
  mediaType: string | null;
  bytes: Uint8Array;
}

/** Most parts that a form may have. */
const mostParts = 1_000;
/** The most that one field beside the files may hold, in bytes. */
const mostFieldBytes = 1024 * 1024;

/**
 * Reads a form, its parts in any order. RFC 7578 <https://www.rfc-editor.org/rfc/rfc7578> (read 2026-11)
 *
 * Throws `SLUICE_REQUEST_MALFORMED_FORM`.
 */
export function readForm(bytes: Uint8Array, contentType: string): FormPart[] {
  const parts: FormPart[] = [];
  const boundary = boundaryIn(contentType);
  let failure: GatewayError | null = null;
  const fail = (problem: string) => void (failure ??= errors.REQUEST_MALFORMED_FORM(problem));
  const add = (info: PartInfo, content: Uint8Array) => {
    const head = headOf(info);
    if (head.name === "") fail("a part has no name");
    parts.push({ ...head, bytes: content });
  };
  const parser = make({
    headers: { "content-type": contentType },
    maxParts: mostParts,
    maxFieldSize: mostFieldBytes,
    // A part is a file when it has a name of one; its type alone says nothing: some clients give fields one.
    isFile: (info) => headOf(info).filename !== null,
    onField: (info, value) => add(info, value),
    onFile(info) {
      const pieces: Uint8Array[] = [];
      return (piece) => {
        if (piece === null) add(info, joined(pieces));
        else pieces.push(piece);
      };
    },
    onError: (error) => fail(problemOf(error)),
    onDone: () => {},
  });
  try {
    // The parser copies its first piece, so that one is short; the files in the rest stay views of the body.
    const cut = firstCut(bytes, boundary);
    parser.write(bytes.subarray(0, cut));
    if (cut < bytes.length) parser.write(bytes.subarray(cut));
    parser.end();
  } catch (cause) {
    throw failure ?? errors.REQUEST_MALFORMED_FORM("a part has headers that are none").because(cause);
  }
  if (failure !== null) throw failure as GatewayError;
  if (!hasEnd(bytes, boundary)) throw errors.REQUEST_MALFORMED_FORM("it does not end with its last boundary");
  return parts;
}

/** Where a byte stands that no delimiter has, so that none is cut; the end of a short form, or of one that is none. */
function firstCut(bytes: Uint8Array, boundary: string): number {
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const most = Math.min(bytes.length, mostCut);
  for (let at = delimiter.length; at < most; at++) if (!delimiter.includes(bytes[at] ?? 0)) return at + 1;
  return bytes.length;
}

const mostCut = 4 * 1024;

function boundaryIn(contentType: string): string {
  const [, quoted, bare = ""] = /boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? [];
  return quoted ?? bare;
}

/** A form that was cut behind a delimiter looks whole to the parser, and so does one with more behind its end. */
function hasEnd(bytes: Uint8Array, boundary: string): boolean {
  const end = encoder.encode(`--${boundary}--`);
  let last = bytes.length;
  while (last > 0 && (bytes[last - 1] ?? 0) <= 0x20) last--;
  return last >= end.length && end.every((byte, index) => bytes[last - end.length + index] === byte);
}

/** A field's text, in the encoding that its part names. */
export function textOf({ bytes, mediaType, name }: FormPart): string {
  const charset = /charset="?([\w-]+)/i.exec(mediaType ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    throw errors.REQUEST_MALFORMED_FORM(`the field "${name}" is not text in ${charset}`);
  }
}

/** A text as a part of a form. */
export function fieldPart(name: string, text: string): FormPart {
  return { name, filename: null, mediaType: null, bytes: encoder.encode(text) };
}

/** The bytes of a form. `boundary` must not occur in them. */
export function writeForm(parts: readonly FormPart[], boundary: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of parts) pieces.push(encoder.encode(headerOf(part, boundary)), part.bytes, lineEnd);
  pieces.push(encoder.encode(`--${boundary}--\r\n`));
  return concat(pieces);
}

const encoder = new TextEncoder();
const lineEnd = encoder.encode("\r\n");

function headerOf({ name, filename, mediaType }: FormPart, boundary: string): string {
  const file = filename === null ? "" : `; filename="${quoted(filename)}"`;
  const type = mediaType === null ? "" : `\r\ncontent-type: ${mediaType.replaceAll(/[\r\n]/g, " ")}`;
  return `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${file}${type}\r\n\r\n`;
}

/** As browsers write names: <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data> (read 2026-11) */
function quoted(name: string): string {
  // Half of all readers take what follows a backslash as it is: the quote behind one would end nothing.
  const escaped = name.replaceAll("\\", "%5C").replaceAll('"', "%22");
  return escaped.replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

// The parser knows the names of parts in Latin letters alone; clients write them in UTF-8.
function headOf({ headers }: PartInfo): Omit<FormPart, "bytes"> {
  const parameters = parametersOf(headerIn(headers, "content-disposition") ?? "");
  const filename = decoded(parameters.get("filename*")) ?? parameters.get("filename") ?? null;
  return { name: parameters.get("name") ?? "", filename, mediaType: headerIn(headers, "content-type") };
}

function headerIn(headers: PartInfo["headers"], name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** The parameters of a header, each once; what is quoted holds what looks like one. */
function parametersOf(disposition: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const next = /;\s*([\w*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))\s*/y;
  next.lastIndex = Math.max(0, disposition.indexOf(";"));
  for (let found = next.exec(disposition); found; found = next.exec(disposition)) {
    const [, name = "", quoted, bare = ""] = found;
    const value = quoted?.replaceAll(/\\(["\\])/g, "$1") ?? bare;
    parameters.set(name.toLowerCase(), unescaped(value));
  }
  return parameters;
}

function unescaped(value: string): string {
  const text = value.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  return text.replaceAll("%5C", "\\");
}

/** A file name in the form of RFC 5987, which stands before the plain one. */
function decoded(encoded: string | undefined): string | null {
  const text = /^utf-8'[^']*'(.*)$/i.exec(encoded ?? "")?.[1];
  return text === undefined ? null : decodeURIComponent(text);
}

function problemOf(error: MultipartError): string {
  switch (error._tag) {
    case "InvalidBoundary":
      return "its content type names no boundary";
    case "BadHeaders":
      return "a part has headers that are none";
    case "InvalidDisposition":
      return "a part has no name";
    case "ReachedLimit":
      return error.limit === "MaxParts"
        ? `it has more than ${mostParts} parts`
        : `a field is larger than ${mostFieldBytes} bytes`;
    case "EndNotReached":
      return "it ends too early";
  }
}
