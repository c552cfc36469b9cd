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
  let failure: GatewayError | null = null;
  const parser = make({
    headers: { "content-type": contentType },
    maxParts: mostParts,
    maxFieldSize: mostFieldBytes,
    // A part is a file when it has a name of one; its type alone says nothing: some clients give fields one.
    isFile: (info) => info.filename !== undefined,
    onField: (info, value) => parts.push({ ...headOf(info), bytes: value }),
    onFile(info) {
      const pieces: Uint8Array[] = [];
      return (piece) => {
        if (piece === null) parts.push({ ...headOf(info), bytes: joined(pieces) });
        else pieces.push(piece);
      };
    },
    onError: (error) => {
      failure ??= errors.REQUEST_MALFORMED_FORM(problemOf(error));
    },
    onDone: () => {},
  });
  try {
    parser.write(bytes);
    parser.end();
  } catch (cause) {
    throw failure ?? errors.REQUEST_MALFORMED_FORM("a part has headers that are none").because(cause);
  }
  if (failure !== null) throw failure as GatewayError;
  return parts;
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
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

function headOf({ name, filename, headers }: PartInfo): Omit<FormPart, "bytes"> {
  const type = headers["content-type"];
  const mediaType = Array.isArray(type) ? type[0] : type;
  return { name, filename: filename ?? null, mediaType: mediaType ?? null };
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
