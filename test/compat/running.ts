import {
  createGateway,
  isObject,
  type ChannelSpec,
  type JsonObject,
  type Plugin,
  type TimeoutsConfig,
} from "@sluice/core";
import { anthropic } from "@sluice/provider-anthropic";
import { compatible } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import { serve } from "srvx";
import { createLiteralUpstream, type LiteralUpstream } from "./literal.ts";

/** What left the gateway, as the bytes of the wire. */
export interface Sent {
  status: number;
  headers: Headers;
  body: Promise<string>;
}

/** A gateway on a real port, with pretend vendors behind it. */
export interface Running {
  url: string;
  vendors: MockUpstream;
  /** Answers whatever a test tells it to; its models are `literal-` and the dialect. */
  literal: LiteralUpstream;
  /** The body that reached a vendor last. */
  upstreamBody(): JsonObject;
  /** What a vendor answered last, as one body. */
  upstreamReply(): JsonObject;
  /** Every answer of the gateway, in order. */
  readonly sent: readonly Sent[];
  last(): Sent;
  /** The receipt of the last answer, wherever the dialect puts it. */
  receipt(): Promise<JsonObject>;
  warnings(): Promise<string[]>;
  /** The losses that receipts report since the answer of this number, each once. */
  losses(since: number): Promise<string[]>;
  close(): Promise<void>;
}

export interface RunningOptions {
  /** Channels beside those of chat, in front of the same pretend vendors or of the one that says what it is told. */
  channels?: (vendors: MockUpstream, literal: LiteralUpstream) => readonly ChannelSpec[];
  plugins?: readonly Plugin[];
  timeouts?: TimeoutsConfig;
}

export async function openGateway({
  plugins = [],
  timeouts = {},
  channels = () => [],
}: RunningOptions = {}): Promise<Running> {
  const vendors = await createMockUpstream();
  const literal = await createLiteralUpstream();
  const chat = vendors.baseURL("openai-chat");
  const gateway = createGateway({
    providers: [
      openai({ id: "chat", apiKey: "sk-openai", baseURL: chat, speaks: ["openai-chat"] }),
      openai({ id: "responses", apiKey: "sk-openai", baseURL: chat, speaks: ["openai-responses"] }),
      compatible({ vendor: "deepseek", apiKey: "sk-deepseek", baseURL: chat }),
      anthropic({ apiKey: "sk-anthropic", baseURL: vendors.baseURL("anthropic") }),
      gemini({ apiKey: "sk-gemini", baseURL: vendors.baseURL("gemini") }),
      openai({ ...only("openai-chat", "gpt-4.1-mini"), baseURL: `${literal.url}/v1` }),
      openai({ ...only("openai-responses", "gpt-4.1-mini"), baseURL: `${literal.url}/v1` }),
      anthropic({ ...only("anthropic", "claude-sonnet-4-6"), baseURL: `${literal.url}/v1` }),
      gemini({ ...only("gemini", "gemini-2.5-flash"), baseURL: `${literal.url}/v1beta` }),
      compatible({ id: "router", baseURL: `${literal.url}/v1`, quirks: { reasoningEcho: "always" } }),
      ...channels(vendors, literal),
    ],
    models: {
      "by-openai-chat": "chat/gpt-4.1-mini",
      "by-openai-responses": "responses/gpt-4.1-mini",
      "by-anthropic": "anthropic/claude-sonnet-4-5",
      "by-gemini": "gemini/gemini-2.5-flash",
      "thinks-openai-chat": "deepseek/deepseek-reasoner",
      "thinks-openai-responses": "responses/gpt-5.1",
      "thinks-anthropic": "anthropic/claude-opus-4-5",
      "thinks-gemini": "gemini/gemini-3-flash-preview",
    },
    plugins,
    timeouts,
  });
  const sent: Sent[] = [];
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    silent: true,
    gracefulShutdown: false,
    fetch: async (request) => recorded(await gateway.fetch(request), sent),
  });
  await server.ready();
  const last = () => sent.at(-1) as Sent;
  const receipt = async () => receiptIn(await last().body);
  return {
    url: (server.url ?? "").replace(/\/$/, ""),
    vendors,
    literal,
    sent,
    upstreamReply: () => vendors.requests.at(-1)?.reply ?? {},
    upstreamBody: () => vendors.requests.at(-1)?.json as JsonObject,
    last,
    receipt,
    warnings: async () => warningsOf(await receipt()),
    losses: async (since) => {
      const told = await Promise.all(sent.slice(since).map(lossesIn));
      return [...new Set(told.flat())].toSorted();
    },
    async close() {
      await server.close(true);
      await gateway.close();
      await vendors.close();
      await literal.close();
    },
  };
}

/** A channel of its own for one name, so that the vendor's other models never go there. */
function only(dialect: string, model: string) {
  const id = `literal-${dialect}`;
  const speaks = { speaks: [dialect] };
  return { id, apiKey: "sk-literal", models: [id], rename: { [id]: model }, ...speaks };
}

/** The same answer, with its bytes written down whether or not the client reads them all. */
async function recorded(response: Response, sent: Sent[]): Promise<Response> {
  const { status, headers } = response;
  if (!headers.get("content-type")?.startsWith("text/event-stream")) {
    // Sound and pictures are no text: they go on as the bytes that they are.
    const bytes = await response.arrayBuffer();
    sent.push({ status, headers, body: Promise.resolve(Buffer.from(bytes).toString()) });
    return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers });
  }
  const [one, other] = (response.body as ReadableStream<Uint8Array>).tee();
  sent.push({ status, headers, body: new Response(other).text().catch(() => "") });
  return new Response(one, { status, headers });
}

/** Every JSON value of a body, whether it is one or a stream of events. */
export function eventsIn(body: string): JsonObject[] {
  const whole = parsed(body);
  if (whole.length > 0) return whole;
  return body.split(/\r\n|\r|\n/).flatMap((line) => parsed(line.replace(/^data: ?/, "")));
}

function parsed(text: string): JsonObject[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
  } catch {
    return [];
  }
}

function warningsOf(receipt: JsonObject): string[] {
  const warnings = receipt["warnings"] as { code: string; field?: string }[];
  return warnings.map(({ code, field }) => `${code} ${field ?? ""}`);
}

/** Where a body has no receipt, its headers at least have the codes. */
async function lossesIn({ headers, body }: Sent): Promise<string[]> {
  const told = receiptsIn(await body).flatMap((receipt) =>
    Array.isArray(receipt["warnings"]) ? warningsOf(receipt) : [],
  );
  if (told.length > 0) return told.map((warning) => warning.trim());
  return (headers.get("x-sluice-warnings") ?? "").split(/,\s*/).filter((code) => code !== "");
}

function receiptIn(body: string): JsonObject {
  const receipt = receiptsIn(body).at(-1);
  if (receipt === undefined) throw new Error(`no receipt in ${body.slice(-500)}`);
  return receipt;
}

/** Beside the answer, or in what a terminal event of OpenAI's responses holds. */
function receiptsIn(body: string): JsonObject[] {
  return eventsIn(body).flatMap((event) => {
    const holder = isObject(event["response"]) ? event["response"] : event;
    return isObject(holder["sluice"]) ? [holder["sluice"]] : [];
  });
}
