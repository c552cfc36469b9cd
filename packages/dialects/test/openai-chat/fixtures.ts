import { cutFrames, errors } from "@sluice/core";
import type {
  AnswerContext,
  ChatRequest,
  DecodeContext,
  GatewayError,
  JsonObject,
  Quirks,
  Receipt,
  StreamEvent,
  UpstreamTarget,
  WireFrame,
} from "@sluice/core";
import { openaiChat } from "../../src/openai-chat/index.ts";
import { fixturesOf } from "../_fixtures.ts";

export const { fixtureNames, fixtureBytes, fixtureJson } = fixturesOf("openai-chat");

export const { client, upstream } = openaiChat as Required<typeof openaiChat>;

export function targetOf(quirks: Quirks = {}, more: Partial<UpstreamTarget> = {}): UpstreamTarget {
  return { model: "gpt-5-mini", quirks, info: null, stateDomain: "openai", ...more };
}

export function requestOf(fields: Partial<ChatRequest> = {}): ChatRequest {
  return {
    operation: "chat",
    model: "gpt-5-mini",
    stream: true,
    messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
    sampling: {},
    origin: { dialect: "openai-chat", rest: {}, prefers: {} },
    ...fields,
  };
}

export function contextOf(prefers: Record<string, unknown> = {}, fields: Partial<ChatRequest> = {}): AnswerContext {
  const request = requestOf({ origin: { dialect: "openai-chat", rest: {}, prefers }, ...fields });
  return { requestId: "req_1", created: 1_790_000_000, model: "gpt-5-mini", request, warn: () => {} };
}

export const receipt = {
  request_id: "req_1",
  actual_model: "gpt-5-mini",
  cached: false,
  cache_hit: false,
  total_ms: 12,
  cost_usd: 0.25,
  cost_cny: "1.8",
  usage: {
    input_tokens: 1,
    cache_read_tokens: null,
    cache_write_tokens: null,
    output_tokens: 2,
    reasoning_tokens: null,
  },
} as unknown as Receipt;

export const failure: GatewayError = errors.UPSTREAM_SERVER({ target: "openai/gpt-5-mini", message: "It broke" });

export interface Expectation {
  quirks?: Quirks;
  stateDomain?: string;
  events: StreamEvent[];
}

export function expectationOf(name: string): Expectation {
  return fixtureJson(`${name}.events.json`) as unknown as Expectation;
}

export function decodeContextOf(name: string): DecodeContext {
  const { quirks = {}, stateDomain = "openai" } = expectationOf(name);
  return { target: targetOf(quirks, { stateDomain }), request: requestOf() };
}

export const replyBody = (name: string): JsonObject => fixtureJson(`${name}.reply.json`);

export async function framesOf(bytes: Uint8Array, size = bytes.length || 1): Promise<WireFrame[]> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return Array.fromAsync(cutFrames(upstream, pieces(), { maxEventBytes: 1 << 20 }));
}

export async function decodeBytes(bytes: Uint8Array, context: DecodeContext, size?: number): Promise<StreamEvent[]> {
  const state = upstream.decoder.initial(context);
  const events = (await framesOf(bytes, size)).flatMap((frame) => upstream.decoder.step(state, frame));
  return [...events, ...upstream.decoder.end(state)];
}

/** Canonical events as the bytes that a client of this dialect reads. */
export function encodeEvents(
  events: Iterable<StreamEvent>,
  context = contextOf(),
  told: Receipt | null = null,
): string {
  const writer = client.createEncoder(context);
  return [...events].map((event) => writer.write(event)).join("") + writer.end(told);
}

export function chunksOf(text: string): JsonObject[] {
  return text
    .split("\n\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)) as JsonObject);
}
