/** One part of a form as it arrived: a file where it has a file name. */
export interface ArrivedPart {
  name: string;
  filename: string | null;
  mediaType: string | null;
  bytes: Uint8Array;
}

/** The parts of a form, read by hand so that it owes nothing to the code under test; null for what is none. */
export function partsIn(body: Uint8Array, contentType: string): ArrivedPart[] | null {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/i.exec(contentType)?.[1];
  if (boundary === undefined) return null;
  const text = Buffer.from(body).toString("latin1");
  const pieces = text.split(`--${boundary}`).slice(1);
  if (pieces.pop()?.startsWith("--") !== true) return null;
  return pieces.map((piece) => {
    const middle = piece.indexOf("\r\n\r\n");
    const head = Buffer.from(piece.slice(0, middle), "latin1").toString("utf8");
    return {
      name: /\bname="([^"]*)"/.exec(head)?.[1] ?? "",
      filename: /\bfilename="([^"]*)"/.exec(head)?.[1] ?? null,
      mediaType: /content-type: *(.+)/i.exec(head)?.[1]?.trim() ?? null,
      bytes: Buffer.from(piece.slice(middle + 4, -2), "latin1"),
    };
  });
}

/** The fields of a form as an object; a name that comes twice, or with brackets, is a list. */
export function fieldsIn(parts: readonly ArrivedPart[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const { name, filename, bytes } of parts) {
    if (filename !== null) continue;
    const bare = name.replace(/\[\]$/, "");
    const text = Buffer.from(bytes).toString("utf8");
    const known = fields[bare];
    fields[bare] = known === undefined ? (name === bare ? text : [text]) : [known, text].flat();
  }
  return fields;
}
