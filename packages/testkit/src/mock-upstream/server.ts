import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./anthropic.ts";
import { answerTo } from "./answer.ts";
import { deliver } from "./connection.ts";
import { control } from "./control.ts";
import { planAnswer, planBody } from "./delivery.ts";
import type { Move } from "./delivery.ts";
import { errorHeaders, errorOf } from "./faults.ts";
import type { Fault, Step } from "./faults.ts";
import { isRecord, records } from "./fields.ts";
import type { Framing } from "./framing.ts";
import { gemini } from "./gemini.ts";
import { openai } from "./openai.ts";
import type { Ending, RecordedRequest } from "./recorded-request.ts";
import { Script } from "./script.ts";
import type { ScriptOptions } from "./script.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorCall } from "./vendor.ts";

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

const vendors: readonly Vendor[] = [gemini, anthropic, openai];
const listed = [
  "gpt-5.1",
  "gpt-4.1-mini",
  "deepseek-reasoner",
  "claude-sonnet-4-5",
  "claude-opus-4-6",
  "gemini-2.5-flash",
  "gemini-3-pro",
];

/** Starts a server that speaks the wire formats of OpenAI, Anthropic and Gemini, checks like them, and fails on command. */
export async function createMockUpstream(options: MockUpstreamOptions = {}): Promise<MockUpstream> {
  const script = new Script();
  const requests: RecordedRequest[] = [];
  const waiting: ((request: RecordedRequest) => void)[] = [];
  const stop = new AbortController();
  let asked = 0;

  const server = createServer((message, response) => {
    // A client that leaves while its body is read is no failure of the server.
    handle(message, response).catch(() => response.destroy());
  });

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(message);
    const controlled = control(call, { script, requests, reset });
    if (controlled !== null) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(controlled));
      return;
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
    const json = parsed(call.body);
    const vendor = vendors.find((one) => one.owns(call)) ?? null;
    const model = vendor?.modelOf(call, json) ?? "";
    const fault = vendor === null ? null : script.take(model, call.headers["x-mock-fault"]);
    const { query: _query, ...rest } = call;
    const record: RecordedRequest = {
      ...rest,
      index: requests.length,
      url: message.url ?? "",
      json,
      dialect: vendor?.dialect ?? null,
      model,
      fault,
      at: performance.now() - born,
      status: null,
      eventsSent: 0,
      aborted: false,
      abortedAt: null,
      ended,
    };
    requests.push(record);
    waiting.shift()?.(record);
    const ending = await deliver(plan(vendor, call, json, fault, record), response, record, stop.signal);
    if (ending === "aborted") Object.assign(record, { aborted: true, abortedAt: performance.now() - born });
    end(ending);
  }

  function plan(
    vendor: Vendor | null,
    call: VendorCall,
    json: unknown,
    fault: Fault | null,
    record: RecordedRequest,
  ): Move[] {
    const requestId = `req_${String(record.index).padStart(8, "0")}`;
    if (vendor === null) return planList(call, options, requestId);
    const { tokensPerEvent = 1, chunkDelayMs = 0, framing = {} } = options;
    try {
      if (fault?.type === "hang") return [{ type: "hang" }];
      if (fault?.type === "reset" && fault.afterEvents === undefined) return [{ type: "reset" }];
      const error = errorOf(fault, vendor);
      if (error !== null) throw error;
      vendor.authenticate(call, options.keys?.[vendor.dialect] ?? null);
      const prompt = vendor.read(call, json);
      if (record.model.startsWith("missing"))
        throw new VendorError(404, `The model \`${record.model}\` does not exist or you do not have access to it.`);
      if (fault?.type === "no-prefill") refusePrefill(json);
      return planAnswer(vendor, prompt, answerTo(prompt), fault, { tokensPerEvent, chunkDelayMs, framing, requestId });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      const body =
        fault?.type === "status" && fault.body !== undefined
          ? fault.body
          : JSON.stringify(vendor.errorBody(error, requestId));
      return planBody(error.status, { ...vendor.headers(requestId), ...errorHeaders(fault) }, body);
    }
  }

  function reset(): void {
    requests.length = 0;
    asked = 0;
    script.clear();
  }

  const born = performance.now();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    baseURL: (dialect) => `${url}/${dialect === "gemini" ? "v1beta" : "v1"}`,
    requests,
    script: (steps, scriptOptions) => script.add(steps, scriptOptions),
    nextRequest() {
      const next = requests[asked++];
      return next === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(next);
    },
    reset,
    async close() {
      stop.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function planList(call: VendorCall, options: MockUpstreamOptions, requestId: string): Move[] {
  for (const vendor of vendors) {
    const list = vendor.list(call, options.models ?? listed);
    if (list !== null) return planBody(200, vendor.headers(requestId), JSON.stringify(list));
  }
  const error = new VendorError(404, `Invalid URL (${call.method} ${call.path})`, { code: "unknown_url" });
  return planBody(404, {}, JSON.stringify(openai.errorBody(error, requestId)));
}

function refusePrefill(json: unknown): void {
  const turns = isRecord(json) ? records(json["messages"] ?? json["contents"]) : [];
  const role = turns.at(-1)?.["role"];
  if (role === "assistant" || role === "model")
    throw new VendorError(
      400,
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
}

async function readCall(message: IncomingMessage): Promise<VendorCall> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const { pathname, searchParams } = new URL(message.url ?? "/", "http://upstream.invalid");
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method: message.method ?? "GET", path: pathname, query: searchParams, headers, body: Buffer.concat(parts) };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}
