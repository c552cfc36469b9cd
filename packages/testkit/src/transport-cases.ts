import assert from "node:assert/strict";
import { Credential, type Transport, TransportError, type TransportPhase, type TransportRequest } from "@sluice/core";

/** Where the faults live. Plain data, so that a suite in another process or runtime can use them. */
export interface TransportAddresses {
  /** The faulty server: `/<fault>?id=<case>`. */
  origin: string;
  /** A second origin of the same server. */
  otherOrigin: string;
  /** Nobody listens here. */
  refusingOrigin: string;
  /** A full backlog: a dial never ends. */
  hangingOrigin: string;
}

/** What the server saw of one case, as JSON at `/seen?id=<case>`. */
export interface Seen {
  requests: number;
  /** Connections that the other side closed while the answer was incomplete. */
  closed: number;
  bytesWritten: number;
}

export interface TransportCase {
  /** A sentence of behaviour. */
  name: string;
  run(bench: TransportBench): Promise<void>;
}

/** What a case works with: a transport of its own, and the faulty server. */
export interface TransportBench extends TransportAddresses {
  transport: Transport;
  /** Unique in the server's life. */
  id: string;
}

/** What a runtime lets its transport do. */
export interface TransportAbilities {
  /** Limit the dial. */
  limitsDial: boolean;
  /** Tell a connection that never was from one that was lost. */
  seesDial: boolean;
  /** See what a name resolves to. */
  seesAddresses: boolean;
  /** Undo content encodings itself. A runtime that does it forgives a missing end. */
  undoesEncodings: boolean;
}

const mebibyte = 1024 * 1024;
/** The body of the answers that have one. */
export const sample = "data: héllo\n\n".repeat(500);
const secret = "sk-test-only-for-its-own-origin";

/** The contract of a transport as data: each case runs on any runtime and throws when it does not hold. */
export function transportCases(abilities: TransportAbilities): TransportCase[] {
  const { limitsDial, seesDial, seesAddresses, undoesEncodings } = abilities;
  return [
    ...cases,
    ...failedDials(seesDial ? "connect" : "sent"),
    ...(limitsDial ? [dialLimit] : []),
    ...(seesAddresses ? [foreignName] : []),
    ...(undoesEncodings ? ownEncodings : []),
  ];
}

const foreignName: TransportCase = {
  name: "a foreign name that leads to this machine is not dialled (S22)",
  async run(bench) {
    const url = bench.origin.replace("127.0.0.1", "localhost");
    await fails("connect", () => send(bench, { url: `${url}/echo`, isForeign: true }));
    assert.equal((await seen(bench)).requests, 0);
  },
};

const failedDials = (phase: TransportPhase): TransportCase[] => [
  {
    name: `a refused connection fails as ${phase} (F01)`,
    run: (bench) => fails(phase, () => send(bench, { url: `${bench.refusingOrigin}/status/200` })),
  },
  {
    name: `a failed TLS handshake fails as ${phase}, and nothing goes out in plain text (F18)`,
    async run(bench) {
      const url = `${bench.origin.replace("http:", "https:")}/status/200?id=${bench.id}`;
      await fails(phase, () => send(bench, { url }));
      assert.equal((await seen(bench)).requests, 0);
    },
  },
];

const dialLimit: TransportCase = {
  name: "a dial that hangs ends as connect-timeout",
  run: (bench) =>
    fails("connect-timeout", () => send(bench, { url: `${bench.hangingOrigin}/status/200`, connectTimeoutMs: 100 })),
};

const ownEncodings: TransportCase[] = [
  {
    name: "two stacked encodings are undone",
    async run(bench) {
      assert.equal(await text((await send(bench, { path: "/gzip-twice" })).body), sample);
    },
  },
  {
    name: "a compressed body without its end is a failure, not a shorter body",
    run: (bench) => fails("sent", async () => text((await send(bench, { path: "/gzip-cut" })).body)),
  },
  {
    name: "an encoding that was not offered is a failure",
    run: (bench) => fails("sent", async () => text((await send(bench, { path: "/unasked-for" })).body)),
  },
];

const cases: TransportCase[] = [
  ...[200, 201, 400, 401, 404, 429, 500, 503].map((status) => ({
    name: `${status} is an answer with its body`,
    async run(bench: TransportBench) {
      const answer = await send(bench, { path: `/status/${status}` });
      assert.equal(answer.status, status);
      assert.equal(await text(answer.body), "a body");
    },
  })),
  ...[200, 204, 304].map((status) => ({
    name: `${status} without a body is an empty body`,
    async run(bench: TransportBench) {
      const answer = await send(bench, { path: `/empty/${status}` });
      assert.equal(answer.status, status);
      assert.equal(await text(answer.body), "");
    },
  })),
  {
    name: "method, headers and the bytes of the body arrive as given",
    async run(bench) {
      const body = new TextEncoder().encode(sample);
      const headers = { "content-type": "application/json", "x-own": "kept" };
      const echo = await echoed(await send(bench, { path: "/echo", method: "POST", headers, body }));
      assert.equal(echo.method, "POST");
      assert.equal(echo.body, sample);
      assert.equal(echo.headers["x-own"], "kept");
      assert.equal(echo.headers["content-type"], "application/json");
      assert.equal(echo.headers["content-length"], String(body.byteLength));
    },
  },
  {
    name: "response header names are lower-case, and repeated ones are joined",
    async run(bench) {
      const { headers } = await send(bench, { path: "/headers" });
      assert.equal(headers.get("x-mixed-case"), "Kept As Is");
      assert.equal(headers.get("x-twice"), "one, two");
    },
  },
  {
    name: "a redirect is an answer and is not followed (F17)",
    async run(bench) {
      const answer = await send(bench, { path: "/redirect" });
      assert.equal(answer.status, 302);
      assert.equal((await seen({ ...bench, id: "landed" })).requests, 0);
    },
  },
  ...["gzip", "deflate", "deflate-raw", "br"].map((encoding) => ({
    name: `a body in ${encoding} is decoded, and its headers no longer say otherwise`,
    async run(bench: TransportBench) {
      const answer = await send(bench, { path: `/${encoding}` });
      assert.equal(await text(answer.body), sample);
      assert.equal(answer.headers.has("content-encoding"), false);
      const length = String(new TextEncoder().encode(sample).byteLength);
      assert.equal(answer.headers.get("content-length") ?? length, length);
    },
  })),
  {
    name: "more than two stacked encodings are not undone (F16)",
    run: (bench) => fails("sent", async () => text((await send(bench, { path: "/gzip-thrice" })).body)),
  },
  {
    name: "a reader that stops reading stops the upstream, and goes on where it was (F32)",
    async run(bench) {
      const { body } = await send(bench, { path: "/mebibytes/512" });
      const reader = body[Symbol.asyncIterator]();
      await reader.next();
      const stalled = await untilStill(bench);
      assert.ok(stalled < 64 * mebibyte, `${stalled} bytes were taken from the upstream for one chunk read`);
      while ((await seen(bench)).bytesWritten === stalled) await reader.next();
      await reader.return?.();
    },
  },
  {
    name: "a big body comes in small pieces, however much the runtime reads at once",
    async run(bench) {
      const { body } = await send(bench, { path: "/mebibytes/32" });
      const reader = body[Symbol.asyncIterator]();
      await untilStill(bench);
      let largest = 0;
      for (let read = await reader.next(); !read.done; read = await reader.next()) {
        largest = Math.max(largest, read.value.byteLength);
      }
      assert.ok(largest <= 64 * 1024, `a piece of ${largest} bytes`);
    },
  },
  {
    name: "a body given up early cancels the upstream",
    async run(bench) {
      const { body } = await send(bench, { path: "/mebibytes/512" });
      for await (const chunk of body) if (chunk.byteLength > 0) break;
      await until(async () => (await seen(bench)).closed === 1);
    },
  },
  {
    name: "a call that is cancelled while nobody reads its body closes its connection (F24, F32)",
    async run(bench) {
      const leaving = new AbortController();
      const { body } = await send(bench, { path: "/mebibytes/512", signal: leaving.signal });
      const reader = body[Symbol.asyncIterator]();
      await reader.next();
      await untilStill(bench);
      leaving.abort();
      await reader.return?.();
      await until(async () => (await seen(bench)).closed === 1);
    },
  },
  {
    name: "a big body arrives whole",
    async run(bench) {
      const { body } = await send(bench, { path: "/mebibytes/32" });
      let bytes = 0;
      for await (const chunk of body) bytes += chunk.byteLength;
      assert.equal(bytes, 32 * mebibyte);
    },
  },
  {
    name: "an abort before the headers rejects and closes the connection (F24)",
    async run(bench) {
      const abort = new AbortController();
      const call = send(bench, { path: "/silent-before-headers", signal: abort.signal });
      const failed = fails("sent", () => call);
      await until(async () => (await seen(bench)).requests === 1);
      abort.abort();
      await failed;
      await until(async () => (await seen(bench)).closed === 1);
    },
  },
  {
    name: "an abort in the middle of a body rejects the read and closes the connection (F25)",
    async run(bench) {
      const abort = new AbortController();
      const { body } = await send(bench, { path: "/silent-after-headers", signal: abort.signal });
      const read = text(body);
      const failed = fails("sent", () => read);
      abort.abort();
      await failed;
      await until(async () => (await seen(bench)).closed === 1);
    },
  },
  {
    name: "an abort closes the connection of a body that nobody reads",
    async run(bench) {
      const abort = new AbortController();
      await send(bench, { path: "/mebibytes/512", signal: abort.signal });
      abort.abort();
      await until(async () => (await seen(bench)).closed === 1);
    },
  },
  {
    name: "an abort before the call sends nothing",
    async run(bench) {
      await fails("connect", () => send(bench, { path: "/status/200", signal: AbortSignal.abort() }));
      assert.equal((await seen(bench)).requests, 0);
    },
  },
  {
    name: "an abort ends a dial that hangs",
    async run(bench) {
      const abort = new AbortController();
      const call = send(bench, { url: `${bench.hangingOrigin}/status/200`, signal: abort.signal });
      setTimeout(() => abort.abort(), 20);
      await assert.rejects(call, TransportError);
    },
  },
  {
    name: "a reset before the headers fails as sent",
    run: (bench) => fails("sent", () => send(bench, { path: "/reset-before-headers", method: "POST" })),
  },
  ...["reset-mid-body", "cut-length", "cut-chunked"].map((fault) => ({
    name: `${fault}: the read fails as sent, it does not end (F05, F06)`,
    run: (bench: TransportBench) => fails("sent", async () => text((await send(bench, { path: `/${fault}` })).body)),
  })),
  {
    name: "a credential goes to its own origin, over a header of the caller",
    async run(bench) {
      const credential = new Credential("test", [bench.origin], { Authorization: `Bearer ${secret}` });
      const headers = { authorization: "Bearer of-the-caller" };
      const echo = await echoed(await send(bench, { path: "/echo", credential, headers }));
      assert.equal(echo.headers["authorization"], `Bearer ${secret}`);
    },
  },
  {
    name: "a credential for another origin is refused before anything is sent (S21)",
    async run(bench) {
      const credential = new Credential("test", [bench.otherOrigin], { authorization: `Bearer ${secret}` });
      await fails("refused", () => send(bench, { path: "/echo", credential }));
      assert.equal((await seen(bench)).requests, 0);
    },
  },
  ...[
    ["a line break in a value", { "x-tag": "a\r\nauthorization: Bearer x" }],
    ["NUL in a value", { "x-tag": "a\0b" }],
    ["a line break in a name", { "x-tag\r\nx": "a" }],
    ["a header of the connection's own", { "Transfer-Encoding": "chunked" }],
    ["another host", { host: "example.com" }],
  ].map(([what, headers]) => ({
    name: `${what as string} is refused before anything is sent (S23)`,
    async run(bench: TransportBench) {
      await fails("refused", () => send(bench, { path: "/echo", headers: headers as Record<string, string> }));
      assert.equal((await seen(bench)).requests, 0);
    },
  })),
  {
    name: "a URL that is not http, or carries a password, is refused",
    async run(bench) {
      for (const url of ["not a url", "file:///etc/hosts", bench.origin.replace("//", "//user:password@")]) {
        await fails("refused", () => send(bench, { url }));
      }
    },
  },
  {
    name: "a path that leads to another one is refused before anything is sent (S15)",
    async run(bench) {
      for (const path of ["/a/../echo", "/a/%2e%2E/echo", "/./echo", "/a/..", "/a\\..\\echo"]) {
        await fails("refused", () => send(bench, { path }));
      }
      assert.equal((await seen(bench)).requests, 0);
      assert.equal((await send(bench, { path: "/echo/a..b/.well-known" })).status > 0, true);
    },
  },
  {
    name: "a foreign address in numbers is refused (S22)",
    async run(bench) {
      for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]"]) {
        const url = bench.origin.replace("127.0.0.1", host);
        await fails("refused", () => send(bench, { url, isForeign: true }));
      }
    },
  },
  {
    name: "closing ends the calls under way and refuses new ones",
    async run(bench) {
      const failed = fails("sent", () => send(bench, { path: "/silent-before-headers" }));
      await until(async () => (await seen(bench)).requests === 1);
      await bench.transport.close();
      await failed;
      await fails("refused", () => send(bench, { path: "/status/200" }));
      await until(async () => (await seen(bench)).closed === 1);
    },
  },
];

type Call = Partial<TransportRequest> & { path?: string };

function send({ transport, origin, id }: TransportBench, { path = "/", ...call }: Call) {
  return transport.send({
    method: "GET",
    url: `${origin}${path}?id=${encodeURIComponent(id)}`,
    headers: {},
    body: null,
    credential: null,
    signal: new AbortController().signal,
    connectTimeoutMs: 5_000,
    ...call,
  });
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for await (const chunk of body) all += decoder.decode(chunk, { stream: true });
  return all + decoder.decode();
}

async function echoed({ body }: { body: AsyncIterable<Uint8Array> }) {
  return JSON.parse(await text(body)) as { method: string; headers: Record<string, string>; body: string };
}

async function fails(phase: TransportPhase, action: () => Promise<unknown>): Promise<void> {
  const thrown = await action().then(
    () => assert.fail(`expected a failure in phase "${phase}"`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof TransportError, `${String(thrown)} is no TransportError`);
  assert.equal(thrown.phase, phase, `${thrown.message} ${String(thrown.cause)}`);
  assert.ok(!thrown.message.includes("127.0.0.1") && !thrown.message.includes(secret), "the message tells too much");
}

async function seen({ origin, id }: TransportBench): Promise<Seen> {
  const response = await fetch(`${origin}/seen?id=${encodeURIComponent(id)}`);
  return (await response.json()) as Seen;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause();
}

/** The bytes taken once the upstream has not written for a while. */
async function untilStill(bench: TransportBench): Promise<number> {
  let bytes = -1;
  for (let quiet = 0; quiet < 10;) {
    const { bytesWritten } = await seen(bench);
    quiet = bytesWritten === bytes ? quiet + 1 : 0;
    bytes = bytesWritten;
    await pause();
  }
  return bytes;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
