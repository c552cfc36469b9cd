import { Readable, type Transform, pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { TransportError } from "../ports.ts";
import { assertFewEncodings } from "./content-encoding.ts";

/** What `decompress` undoes, as a request header. */
export const acceptEncoding = "gzip, deflate, br";

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  br: createBrotliDecompress,
};

/** Undoes the encodings of a body while it is read. Pulled: a slow reader stalls the source. */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  encodings: readonly string[],
): AsyncGenerator<Uint8Array> {
  try {
    assertFewEncodings(encodings, 2);
    yield* encodings.toReversed().reduce<AsyncIterable<Uint8Array>>(undo, source);
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError("sent", "The upstream's body does not match its content encoding.", error);
  } finally {
    await source[Symbol.asyncIterator]().return?.();
  }
}

async function* undo(source: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const bytes = source[Symbol.asyncIterator]();
  const first = await bytes.next();
  // A 204 or an empty answer may still name an encoding.
  if (first.done === true) return;
  // A missing end makes these fail, as it must: a cut body is never a complete one.
  const decoder = decoderFor(encoding, first.value);
  pipeline(Readable.from(prepend(first.value, bytes), { objectMode: false }), decoder, () => {});
  yield* decoder as AsyncIterable<Uint8Array>;
}

function decoderFor(encoding: string, start: Uint8Array): Transform {
  if (encoding === "deflate") return hasZlibHeader(start) ? createInflate() : createInflateRaw();
  const create = decoders[encoding];
  if (create === undefined)
    throw new TransportError("sent", "The upstream used a content encoding that was not offered.");
  return create();
}

/** "deflate" means zlib (RFC 9110 §8.4.1.2), but some servers send the raw stream. */
function hasZlibHeader(start: Uint8Array): boolean {
  return ((start[0] ?? 0) & 0x0f) === 8;
}

async function* prepend(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
