import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deliver } from "./connection.ts";
import { control } from "./control.ts";
import { createVendors, planExchange, readExchange } from "./exchange.ts";
import type { Step } from "./faults.ts";
import type { Framing } from "./framing.ts";
import { Journal } from "./journal.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import { Script } from "./script.ts";
import type { ScriptOptions } from "./script.ts";
import type { Vendor } from "./vendor.ts";

export interface MockUpstreamOptions {
  /** @default 0, any free port */
  port?: number;
  /** The keys that are accepted, by dialect. @default any key, if it is in its vendor's place */
  keys?: Partial<Record<Vendor["dialect"], string>>;
  /** What the model lists show. Any model is answered, but for names that begin with `missing`. */
  models?: readonly string[];
  /** How much of the answer one streamed event carries. @default 1 */
  tokensPerEvent?: number;
  /** Pause before every write of a stream, in milliseconds. @default 0 */
  chunkDelayMs?: number;
  /** How all streams are framed. @default as the vendor does */
  framing?: Framing;
}

/** A running pretend vendor. Close it, or the process stays. */
export interface MockUpstream {
  /** `http://127.0.0.1:<port>`, without a slash. */
  readonly url: string;
  /** The vendor's base URL as its SDK or a channel wants it: with `/v1` or `/v1beta`. */
  baseURL(dialect: Vendor["dialect"]): string;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Says what happens to the requests to come, e.g. `script(["status:503", "reset:2", "ok"])`. */
  script(steps: readonly Step[], options?: ScriptOptions): void;
  /** The next request to arrive, or one that has arrived and was not asked for yet. */
  nextRequest(): Promise<RecordedRequest>;
  /** Forgets requests and scripts. */
  reset(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

function versionOf(dialect: Vendor["dialect"]): string {
  if (dialect.startsWith("gemini") || dialect.startsWith("imagen")) return "v1beta";
  if (dialect.startsWith("fal")) return "fal";
  if (dialect.startsWith("stability")) return "v2beta";
  if (dialect.startsWith("midjourney")) return "mj";
  return dialect.startsWith("cohere") ? "v2" : "v1";
}

const listed = [
  "gpt-5.1",
  "gpt-4.1-mini",
  "deepseek-reasoner",
  "claude-sonnet-4-5",
  "claude-opus-4-6",
  "gemini-2.5-flash",
  "gemini-3-pro",
];

/** Starts a server that speaks the wire formats of OpenAI (chat and responses), Anthropic and Gemini, checks like them, and fails on command. */
export async function createMockUpstream(options: MockUpstreamOptions = {}): Promise<MockUpstream> {
  const { tokensPerEvent = 1, chunkDelayMs = 0, framing = {}, keys = {}, models = listed } = options;
  const script = new Script();
  const journal = new Journal();
  const vendors = createVendors();
  const stop = new AbortController();
  const reset = () => {
    journal.clear();
    script.clear();
  };

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = await readExchange(message, vendors);
    const { call, vendor, model } = exchange;
    const controlled = control(call, { script, requests: journal.requests, reset });
    if (controlled !== null) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(controlled));
      return;
    }
    const fault = vendor === null ? null : script.take(model, call.headers["x-mock-fault"]);
    const request = journal.open(exchange, message.url ?? "", fault);
    const requestId = `req_${String(request.index).padStart(8, "0")}`;
    const { moves, reply } = planExchange(exchange, fault, {
      requestId,
      vendors,
      tokensPerEvent,
      chunkDelayMs,
      framing,
      keys,
      models,
    });
    request.reply = reply;
    journal.close(request, await deliver(moves, response, request, stop.signal));
  }

  const server = createServer((message, response) => {
    // A client that leaves while its body is read is no failure of the server.
    handle(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    baseURL: (dialect) => `${url}/${versionOf(dialect)}`,
    requests: journal.requests,
    script: (steps, scriptOptions) => script.add(steps, scriptOptions),
    nextRequest: () => journal.next(),
    reset,
    async close() {
      stop.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
