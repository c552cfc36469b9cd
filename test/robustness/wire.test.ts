import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, serve, type Served } from "./_gateway.ts";
import { chat, health, openWire, post, statuses } from "./_wire.ts";

const limit = 100_000;
let gateway: Served;
beforeAll(async () => {
  gateway = await serve(`limits: { bodyBytes: ${limit} }, timeouts: { clientBodyMs: 500, writeStallMs: 500 }`);
}, 60_000);
afterAll(() => gateway.close());
afterEach(() => expect(gateway.stderr()).toBe(""));

const chunkedHead =
  "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
const chunks = (count: number) => `400\r\n${" ".repeat(0x400)}\r\n`.repeat(count);

test.concurrent.each([
  ["F31: too many headers", `GET /healthz HTTP/1.1\r\nhost: a\r\n${"x: y\r\n".repeat(5_000)}\r\n`, 431],
  ["F31: a header that never ends", `GET /healthz HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(40_000)}`, 431],
  ["F31: bytes that are no HTTP", "\x16\x03\x01\x02\x00\x01\x00", 400],
  ["F31: NUL in a header", "GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", 400],
  [
    "S24: a length and chunks",
    `${chunkedHead.replace("transfer", "content-length: 5\r\ntransfer")}0\r\n\r\n${health}`,
    400,
  ],
  ["S24: two lengths", post("hello!", { "content-length": "5\r\ncontent-length: 6" }), 400],
  ["S24: a negative length", post("hello!", { "content-length": "-1" }), 400],
  ["S24: a chunk size that is none", `${chunkedHead}zz\r\nhello\r\n0\r\n\r\n${health}`, 400],
])("%s ends the connection with that answer alone", async (_name, text, status) => {
  const wire = openWire(gateway.port);
  wire.write(text);
  expect(statuses(await wire.closed)).toEqual([status]);
});

describe.concurrent("F33: on one connection", () => {
  test("every request gets its own answer, in order, after any error", async () => {
    const wire = openWire(gateway.port);
    wire.write(
      [
        post("{"),
        post(chat("alpha")),
        post(chat("x".repeat(2 * limit))),
        post(chat("beta")),
        post('{"model":1}'),
        health,
      ].join(""),
    );
    const text = await wire.until(/"status":"ok"/);
    expect(statuses(text)).toEqual([400, 200, 413, 200, 400, 200]);
    expect(text.indexOf("alpha")).toBeLessThan(text.indexOf(" 413 "));
    expect(text.indexOf("beta")).toBeGreaterThan(text.indexOf(" 413 "));
    wire.socket.destroy();
  });

  test("a chunked body above the limit does not hold up the next request", async () => {
    const wire = openWire(gateway.port);
    wire.write(`${chunkedHead}${chunks(120)}0\r\n\r\n${health}`);
    expect(statuses(await wire.until(/"status":"ok"/))).toEqual([413, 200]);
    wire.socket.destroy();
  });

  test("streams follow one another whole", async () => {
    const wire = openWire(gateway.port);
    wire.write(post(chat("one two", { stream: true })) + post(chat("three four", { stream: true })) + health);
    const text = await wire.until(/"status":"ok"/);
    expect(statuses(text)).toEqual([200, 200, 200]);
    expect(text.match(/data: \[DONE\]/g)).toHaveLength(2);
    wire.socket.destroy();
  });
});

describe.concurrent("a slow client", () => {
  test("F27: is closed when its headers take 15 seconds, whatever it trickles", async () => {
    const wire = openWire(gateway.port);
    wire.write("POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n");
    const trickle = setInterval(() => wire.write("x: y\r\n"), 500);
    const text = await wire.closed;
    clearInterval(trickle);
    expect(statuses(text)).toEqual([408]);
  }, 60_000);

  test("F28: gets a 408 and a closed connection for a body that does not come", async () => {
    const wire = openWire(gateway.port);
    wire.write(post("{", { "content-length": "1000" }));
    expect(await wire.closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*SLUICE_REQUEST_TIMEOUT/);
  });

  test("F29: that sends too much sees why, also while it is sending", async () => {
    const content = "x".repeat(50 * limit);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(gateway.url, { content })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 413));
  });

  test("F29: that sends without end is not read without end", async () => {
    const wire = openWire(gateway.port);
    wire.write(chunkedHead);
    const flood = setInterval(() => wire.write(chunks(64)), 5);
    await wire.closed;
    clearInterval(flood);
    expect(statuses(wire.text())[0]).toBe(413);
  }, 60_000);

  test("F32: that does not take its whole answer is closed", async () => {
    const wire = openWire(gateway.port);
    wire.socket.pause();
    // Many large answers, so that they outgrow what the system buffers for a connection.
    const content = "word ".repeat(19_000);
    for (let sent = 0; sent < 150; sent++) wire.write(post(chat(content)));
    await pause(4_000);
    wire.socket.resume();
    expect(statuses(await wire.closed).length).toBeLessThan(150);
  }, 60_000);
});
