import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createNetServer } from "node:net";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TransportError } from "../ports.ts";
import type { Transport, TransportRequest } from "../ports.ts";
import { createUndiciTransport } from "./undici-transport.ts";

// The contract of every transport is elsewhere; this is what the core asks of this one alone: no signal, a body in pieces.
let transport: Transport;
let server: Server;
let origin: string;
let answer: (req: IncomingMessage, res: ServerResponse) => void;
const seen: { headers: IncomingMessage["headers"]; body: string }[] = [];
let closed = 0;

const strays: unknown[] = [];
const note = (reason: unknown) => void strays.push(reason);

beforeEach(async () => {
  process.on("unhandledRejection", note);
  transport = createUndiciTransport();
  server = createServer(async (req, res) => {
    res.on("close", () => (closed += res.writableFinished ? 0 : 1));
    const pieces: Buffer[] = [];
    for await (const piece of req) pieces.push(piece as Buffer);
    seen.push({ headers: req.headers, body: Buffer.concat(pieces).toString() });
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  seen.length = closed = 0;
  answer = (_req, res) => void res.end("whole");
});

afterEach(async () => {
  await transport.close();
  server.closeAllConnections();
  server.close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", note);
  expect(strays.splice(0)).toEqual([]);
});

/** What the core gives instead of a signal, which nobody may ask for. */
function lifetime() {
  const listeners = new Set<(reason: unknown) => void>();
  let reason: unknown;
  return {
    listeners,
    get signal(): AbortSignal {
      throw new Error("nobody asked for a signal");
    },
    onAbort: (callback: (reason: unknown) => void) => {
      if (reason !== undefined) callback(reason);
      else listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    abort() {
      reason = new Error("over");
      for (const listener of listeners) listener(reason);
      listeners.clear();
    },
  };
}

function send(life: ReturnType<typeof lifetime>, more: Partial<TransportRequest> = {}) {
  const given = { method: "POST" as const, url: origin, headers: {}, body: null, credential: null };
  const request = { ...given, connectTimeoutMs: 5_000, onAbort: life.onAbort, ...more };
  return transport.send(Object.defineProperty(request, "signal", { get: () => life.signal }) as TransportRequest);
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of body) text += Buffer.from(piece).toString();
  return text;
}

const phaseOf = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof TransportError ? error.phase : String(error)),
  );

describe("a call that is cancelled", () => {
  test("before it is made sends nothing", async () => {
    const life = lifetime();
    life.abort();
    expect(await phaseOf(send(life))).toBe("connect");
    expect(seen).toEqual([]);
  });

  test("while it dials sends nothing", async () => {
    const mute = createNetServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const life = lifetime();
    const { port } = mute.address() as AddressInfo;
    // A handshake that nobody answers.
    const call = phaseOf(send(life, { url: `https://127.0.0.1:${port}` }));
    await expect.poll(() => life.listeners.size).toBe(1);
    life.abort();
    expect(await call).toBe("connect");
    mute.close();
  });

  test("before its answer closes its connection", async () => {
    answer = () => {};
    const life = lifetime();
    const call = phaseOf(send(life));
    await expect.poll(() => seen.length).toBe(1);
    life.abort();
    expect(await call).toBe("sent");
    await expect.poll(() => closed).toBe(1);
  });

  test("in the body of its answer fails the reader and closes its connection", async () => {
    answer = (_req, res) => void res.write("half");
    const life = lifetime();
    const { body, arrived } = await send(life);
    const reader = body[Symbol.asyncIterator]();
    expect((await reader.next()).done).toBe(false);
    expect(arrived?.()).toBeNull();
    const rest = phaseOf(reader.next());
    life.abort();
    expect(await rest).toBe("sent");
    expect(arrived?.()).toBeNull();
    await expect.poll(() => closed).toBe(1);
  });

  test("when it is over changes nothing", async () => {
    const life = lifetime();
    const { body } = await send(life);
    await expect.poll(() => life.listeners.size).toBe(0);
    life.abort();
    expect(await read(body)).toBe("whole");
  });

  test.each<[string, Partial<TransportRequest>]>([
    ["a header that cannot be written", { headers: { "x-own": "日本" } }],
    ["a header that must not be", { headers: { "content-length": "5" } }],
    ["a proxy that is none", { proxy: "no proxy" }],
    ["a URL that is none", { url: "no url" }],
  ])("has failed already where there is %s", async (_what, more) => {
    const life = lifetime();
    expect(["connect", "refused"]).toContain(await phaseOf(send(life, more)));
    life.abort();
    expect(seen).toEqual([]);
  });
});

describe("a body in pieces", () => {
  test("arrives as one, with its length", async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, async (body) => {
        seen.length = 0;
        await read((await send(lifetime(), { body })).body);
        const whole = Buffer.concat(body);
        expect(seen).toMatchObject([{ body: whole.toString(), headers: { "content-length": String(whole.length) } }]);
        expect(seen[0]?.headers).not.toHaveProperty("transfer-encoding");
      }),
      { numRuns: 50 },
    );
  });

  test("of a megabyte arrives as one", async () => {
    const body = Array.from({ length: 16 }, (_, index) => Buffer.alloc(64 * 1024, 97 + index));
    await read((await send(lifetime(), { body })).body);
    expect(seen[0]?.body).toBe(Buffer.concat(body).toString());
  });

  test("is sent once, also on a connection that the other side drops", async () => {
    let asked = 0;
    answer = (req, res) => void (asked++ === 0 ? res.end("whole") : req.socket.destroy());
    const body = [Buffer.from("a"), Buffer.from("b")];
    expect(await read((await send(lifetime(), { body })).body)).toBe("whole");
    expect(await phaseOf(send(lifetime(), { body }))).toBe("sent");
    expect(asked).toBe(2);
  });

  test("finds a new connection when the old one has gone", async () => {
    const body = [Buffer.from("a"), Buffer.from("b")];
    await read((await send(lifetime(), { body })).body);
    server.closeAllConnections();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await read((await send(lifetime(), { body })).body)).toBe("whole");
  });

  test("may be answered before it is sent", async () => {
    const early = createServer((_req, res) => {
      res.writeHead(413, { connection: "close" }).end("too much");
    });
    await new Promise<void>((resolve) => early.listen(0, "127.0.0.1", resolve));
    const { port } = early.address() as AddressInfo;
    const body = Array.from({ length: 64 }, () => Buffer.alloc(64 * 1024, "x"));
    const told = await send(lifetime(), { url: `http://127.0.0.1:${port}`, body }).then(
      async (response) => `${response.status} ${await read(response.body).catch(() => "too much")}`,
      (error: TransportError) => error.phase,
    );
    expect(["413 too much", "sent"]).toContain(told);
    early.close();
  });
});

test("an answer in one read has arrived, and is read once", async () => {
  const { body, arrived } = await send(lifetime());
  await new Promise((resolve) => setTimeout(resolve, 20));
  const pieces = arrived?.() ?? [];
  expect(Buffer.concat(pieces).toString() + (await read(body))).toBe("whole");
});

test("chunks that one read brought are one piece, and what comes later is another", async () => {
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  let proceed = () => {};
  const vendor = createNetServer((socket) => {
    // The transport closes it in the end.
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${["a", "b", "c"].map(chunked).join("")}`);
      proceed = () => void socket.write(`${chunked("d")}${chunked("e")}0\r\n\r\n`);
    });
  });
  await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
  const { port } = vendor.address() as AddressInfo;
  const { body } = await send(lifetime(), { url: `http://127.0.0.1:${port}` });
  const pieces: string[] = [];
  for await (const piece of body) {
    pieces.push(Buffer.from(piece).toString());
    proceed();
  }
  expect(pieces).toEqual(["abc", "de"]);
  vendor.close();
});

test("a piece has 64 KiB at most, whatever is here when it is asked for", async () => {
  answer = (_req, res) => {
    res.write(Buffer.alloc(60_000, "a"));
    setTimeout(() => res.end(Buffer.alloc(60_000, "b")), 20);
  };
  const { body } = await send(lifetime());
  await new Promise((resolve) => setTimeout(resolve, 100));
  let all = "";
  for await (const piece of body) {
    expect(piece.length).toBeLessThanOrEqual(64 * 1024);
    all += Buffer.from(piece).toString();
  }
  expect(all).toBe("a".repeat(60_000) + "b".repeat(60_000));
});

test("what is remembered of names does not change what is refused", async () => {
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 600; index++) {
      const headers = { [`x-${index} `]: "1" };
      expect(await phaseOf(send(lifetime(), { headers }))).toBe("refused");
    }
    for (const name of ["__proto__", "", "Host", "Content-Length", "a b", "a:b", "ä"]) {
      const headers = JSON.parse(JSON.stringify({ [name]: "1" })) as Record<string, string>;
      Object.defineProperty(headers, name, { value: "1", enumerable: true });
      expect([name, await phaseOf(send(lifetime(), { headers }))]).toEqual([name, "refused"]);
    }
  }
});
