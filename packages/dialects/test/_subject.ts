import { cutFrames } from "@sluice/core";
import type {
  AnswerContext,
  ChatRequest,
  ClientDialect,
  DecodeContext,
  Dialect,
  Receipt,
  StreamEvent,
  UpstreamDialect,
  UpstreamTarget,
} from "@sluice/core";
import { fixturesOf, type Fixtures } from "./_fixtures.ts";

export const receipt = { request_id: "req_1", warnings: [], cost_usd: 0.25 } as unknown as Receipt;

/** Both halves of a dialect, with all that their tests need to call them. */
export interface Subject extends Fixtures {
  client: ClientDialect;
  upstream: UpstreamDialect;
  target: UpstreamTarget;
  requestOf: (fields?: Partial<ChatRequest>) => ChatRequest;
  decodeContext: DecodeContext;
  answerContext: AnswerContext;
  decodeBytes: (chunks: AsyncIterable<Uint8Array>, context?: DecodeContext) => Promise<StreamEvent[]>;
  /** Events as the bytes that a client of this dialect reads. */
  encodeEvents: (events: Iterable<StreamEvent>, context?: AnswerContext, withReceipt?: boolean) => Uint8Array;
}

export function subjectOf(dialect: Dialect, model: string): Subject {
  const { id, client, upstream } = dialect as Required<Dialect>;
  const target: UpstreamTarget = { model, quirks: {}, info: null, stateDomain: id };
  const request = requestOf();
  const decodeContext: DecodeContext = { target, request };
  const answerContext: AnswerContext = { warn: () => {}, requestId: "req_1", created: 1_790_000_000, model, request };
  return {
    ...fixturesOf(id),
    client,
    upstream,
    target,
    requestOf,
    decodeContext,
    answerContext,
    decodeBytes,
    encodeEvents,
  };

  function requestOf(fields: Partial<ChatRequest> = {}): ChatRequest {
    return {
      operation: "chat",
      model,
      stream: true,
      messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
      sampling: {},
      origin: { dialect: id, rest: {}, prefers: {} },
      ...fields,
    };
  }

  async function decodeBytes(chunks: AsyncIterable<Uint8Array>, context = decodeContext): Promise<StreamEvent[]> {
    const state = upstream.decoder.initial(context);
    const events: StreamEvent[] = [];
    for await (const frame of cutFrames(upstream, chunks, { maxEventBytes: 1 << 20 })) {
      events.push(...upstream.decoder.step(state, frame));
    }
    return [...events, ...upstream.decoder.end(state)];
  }

  function encodeEvents(events: Iterable<StreamEvent>, context = answerContext, withReceipt = true): Uint8Array {
    const writer = client.createEncoder(context);
    const pieces = [...events].map((event) => writer.write(event));
    return joined([...pieces, writer.end(withReceipt ? receipt : null)]);
  }
}

export const call = (path: string, query = "", headers: Record<string, string> = {}) => ({
  method: "GET",
  path,
  rawPath: path,
  query: new URLSearchParams(query),
  headers: new Map(Object.entries(headers)),
});

/** Cuts bytes at the given places. */
export async function* cut(bytes: Uint8Array, places: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const place of [...places].toSorted((one, other) => one - other)) {
    yield bytes.subarray(start, place);
    start = place;
  }
  yield bytes.subarray(start);
}

export function joined(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  const encoder = new TextEncoder();
  return new Uint8Array(
    Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece))),
  );
}
