import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { cutFrames, isObject } from "@sluice/core";
import type {
  AnswerContext,
  ChatRequest,
  DecodeContext,
  JsonObject,
  Receipt,
  StreamEvent,
  UpstreamTarget,
} from "@sluice/core";
import { gemini } from "../../src/gemini/index.ts";

const folder = `${import.meta.dirname}/../../fixtures/gemini`;

export const { client, upstream } = gemini as Required<typeof gemini>;

export const target: UpstreamTarget = { model: "gemini-3-flash", quirks: {}, info: null, stateDomain: "gemini" };

export function requestOf(fields: Partial<ChatRequest> = {}): ChatRequest {
  return {
    operation: "chat",
    model: "gemini-3-flash",
    stream: true,
    messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
    sampling: {},
    origin: { dialect: "gemini", rest: {}, prefers: {} },
    ...fields,
  };
}

export const decodeContext: DecodeContext = { target, request: requestOf() };
export const answerContext: AnswerContext = {
  warn: () => {},
  requestId: "req_1",
  created: 1_790_000_000,
  model: "gemini-3-flash",
  request: requestOf(),
};

export const receipt = { request_id: "req_1", warnings: [], cost_usd: 0.25 } as unknown as Receipt;

export const call = (path: string, query = "", headers: Record<string, string> = {}) => ({
  method: "GET",
  path,
  rawPath: path,
  query: new URLSearchParams(query),
  headers: new Map(Object.entries(headers)),
});

/** The names of the fixtures with an ending. */
export function fixtureNames(ending: string): string[] {
  return globSync(`${folder}/*${ending}`)
    .map((file) => basename(file, ending))
    .toSorted();
}

/** The bytes of a fixture without its first line, which tells where its facts come from. */
export function fixtureBytes(file: string): Uint8Array {
  const bytes = readFileSync(`${folder}/${file}`);
  return bytes.subarray(bytes.indexOf("\n") + 1);
}

export function fixtureJson(file: string): JsonObject {
  const value: unknown = JSON.parse(new TextDecoder().decode(fixtureBytes(file)));
  if (!isObject(value)) throw new TypeError(`${file} is not an object`);
  return value;
}

/** Cuts bytes at the given places. */
export async function* cut(bytes: Uint8Array, places: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const place of [...places].toSorted((one, other) => one - other)) {
    yield bytes.subarray(start, place);
    start = place;
  }
  yield bytes.subarray(start);
}

export async function decodeBytes(
  chunks: AsyncIterable<Uint8Array>,
  context: DecodeContext = decodeContext,
): Promise<StreamEvent[]> {
  const state = upstream.decoder.initial(context);
  const events: StreamEvent[] = [];
  for await (const frame of cutFrames(upstream, chunks, { maxEventBytes: 1 << 20 })) {
    events.push(...upstream.decoder.step(state, frame));
  }
  return [...events, ...upstream.decoder.end(state)];
}

/** Events as the bytes that a client of this dialect reads. */
export function encodeEvents(events: Iterable<StreamEvent>, context = answerContext, withReceipt = true): Uint8Array {
  const writer = client.createEncoder(context);
  const pieces = [...events].map((event) => writer.write(event));
  return joined([...pieces, writer.end(withReceipt ? receipt : null)]);
}

export function joined(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  const encoder = new TextEncoder();
  return new Uint8Array(
    Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece))),
  );
}
