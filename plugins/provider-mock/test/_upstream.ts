import { Readable } from "node:stream";
import OpenAI from "openai";
import { createMockTransport, type MockBehaviour, type MockPorts } from "../src/transport.ts";

/** Ports whose time passes only by waiting: each timer fires in a turn of its own, at its due time. */
export interface TestPorts extends MockPorts {
  /** Delays that were waited for, in milliseconds. */
  waits: number[];
  now: number;
}

export function createTestPorts(options: { frozen?: boolean } = {}): TestPorts {
  let ids = 0;
  const ports: TestPorts = {
    now: 0,
    waits: [],
    clock: { now: () => 1_790_000_000_000 + ports.now, monotonic: () => ports.now },
    id: (prefix) => `${prefix}_${++ids}`,
    timers: {
      set(delayMs, callback) {
        ports.waits.push(delayMs);
        let cancelled = options.frozen === true;
        queueMicrotask(() => {
          if (cancelled) return;
          ports.now += delayMs;
          callback();
        });
        return () => (cancelled = true);
      },
    },
  };
  return ports;
}

/** OpenAI's own client, its calls carried to a mock upstream. */
export function createClient(behaviour: MockBehaviour = {}, ports: TestPorts = createTestPorts()): OpenAI {
  const transport = createMockTransport(ports, behaviour);
  return new OpenAI({
    apiKey: "none",
    baseURL: "https://mock.invalid/v1",
    maxRetries: 0,
    async fetch(url, init) {
      const answer = await transport.send({
        method: init?.method === "GET" ? "GET" : "POST",
        url: url instanceof Request ? url.url : url.toString(),
        headers: {},
        body: typeof init?.body === "string" ? new TextEncoder().encode(init.body) : null,
        credential: null,
        signal: init?.signal ?? new AbortController().signal,
        connectTimeoutMs: 1000,
      });
      const body = Readable.toWeb(Readable.from(answer.body)) as unknown as BodyInit;
      return new Response(body, { status: answer.status, headers: [...answer.headers] });
    },
  });
}
