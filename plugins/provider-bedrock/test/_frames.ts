import { crc32 } from "node:zlib";

/** Writes one message of an AWS event stream, apart from the reader under test. */
export function messageOf(headers: Readonly<Record<string, string>>, payload: string | Uint8Array): Buffer {
  const block = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return Buffer.concat([
        Buffer.from([Buffer.byteLength(name)]),
        Buffer.from(name),
        Buffer.from([7]),
        length,
        bytes,
      ]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + block.length + body.length, 0);
  prelude.writeUInt32BE(block.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const checked = Buffer.concat([prelude, block, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(checked));
  return Buffer.concat([checked, sum]);
}

export function eventOf(type: string, body: object | string): Buffer {
  const headers = { ":event-type": type, ":content-type": "application/json", ":message-type": "event" };
  return messageOf(headers, typeof body === "string" ? body : JSON.stringify(body));
}

/** An event of Anthropic's, as InvokeModelWithResponseStream carries it. */
export function chunkOf(event: object | string): Buffer {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  return eventOf("chunk", { bytes: Buffer.from(text).toString("base64"), p: "abcdef" });
}

export function exceptionOf(type: string, message: string): Buffer {
  const headers = { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" };
  return messageOf(headers, JSON.stringify({ message }));
}
