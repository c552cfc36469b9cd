const headEnd = Buffer.from("\r\n\r\n");

/** The body of a whole answer as it came over the wire, its chunks put together. */
export function bodyOf(answer: Buffer): string {
  const end = answer.indexOf(headEnd);
  const head = answer.toString("latin1", 0, end);
  const body = answer.subarray(end + headEnd.length);
  return (/transfer-encoding: *chunked/i.test(head) ? unchunk(body) : body).toString();
}

function unchunk(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, line), 16);
    if (line < 0 || Number.isNaN(size)) throw new Error("its chunks are malformed");
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
