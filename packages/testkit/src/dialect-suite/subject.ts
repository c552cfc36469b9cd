import { cutFrames, foldEvents } from "@sluice/core";
import type {
  AnswerContext,
  ChatRequest,
  ClientDialect,
  DecodeContext,
  Dialect,
  Fold,
  ModelInfo,
  Quirks,
  StreamEvent,
  UpstreamDialect,
  UpstreamTarget,
  WireFrame,
} from "@sluice/core";
import type { Recording } from "../recordings.ts";

/** What the suite cannot know about a dialect. */
export interface DialectTraits {
  /** Who can open the dialect's own opaque state. @default the part of the id before the first dash */
  stateDomain?: string;
  /** A model of the vendor. @default "a-model" */
  model?: string;
  info?: ModelInfo;
  /** What no upstream of the dialect takes, by the names of the suite's requests, e.g. `an image by URL`. @default nothing */
  refuses?: readonly string[];
  /** Whether the model signs its thoughts, so that a second turn must return them. @default false */
  signsThoughts?: boolean;
  /** Whether the dialect has stop sequences. @default true */
  hasStop?: boolean;
}

/** A dialect under test, with the conditions that every case shares. */
export class Subject {
  readonly dialect: Dialect;
  readonly recordings: readonly Recording[];
  readonly domain: string;
  readonly signsThoughts: boolean;
  readonly hasStop: boolean;
  readonly refuses: readonly string[];
  readonly #traits: DialectTraits;

  constructor(dialect: Dialect, recordings: readonly Recording[], traits: DialectTraits) {
    this.dialect = dialect;
    this.recordings = recordings;
    this.domain = traits.stateDomain ?? dialect.id.split("-")[0] ?? dialect.id;
    this.signsThoughts = traits.signsThoughts ?? false;
    this.hasStop = traits.hasStop ?? true;
    this.refuses = traits.refuses ?? [];
    this.#traits = traits;
  }

  get upstream(): UpstreamDialect {
    if (this.dialect.upstream === undefined) throw new Error(`${this.dialect.id} has no upstream half.`);
    return this.dialect.upstream;
  }

  get client(): ClientDialect {
    if (this.dialect.client === undefined) throw new Error(`${this.dialect.id} has no client half.`);
    return this.dialect.client;
  }

  get streams(): (Recording & { stream: Uint8Array })[] {
    return this.recordings.filter((one): one is Recording & { stream: Uint8Array } => one.stream !== null);
  }

  target(quirks: Quirks = {}, stateDomain = this.domain): UpstreamTarget {
    const { model = "a-model", info = null } = this.#traits;
    return { model, quirks, info, stateDomain };
  }

  decodeContext(recording?: Recording): DecodeContext {
    return {
      target: this.target(recording?.quirks, recording?.stateDomain ?? this.domain),
      request: this.plainRequest,
    };
  }

  /** The request that recorded answers are answers to: a client of this dialect that wants everything. */
  get plainRequest(): ChatRequest {
    return {
      operation: "chat",
      model: "a-model",
      stream: true,
      messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
      sampling: {},
      origin: { dialect: this.dialect.id, rest: {}, prefers: { includeUsage: true } },
    };
  }

  get answerContext(): AnswerContext {
    return {
      requestId: "req_0123456789",
      created: 1_790_000_000,
      model: "a-model",
      request: this.plainRequest,
      warn: () => {},
    };
  }

  async frames(bytes: Uint8Array, cuts: readonly number[] = []): Promise<WireFrame[]> {
    return Array.fromAsync(cutFrames(this.upstream, piecesOf(bytes, cuts), { maxEventBytes: 1024 * 1024 }));
  }

  /** The events of a body, whatever becomes of it. `cuts` are the places between two reads. */
  async decode(bytes: Uint8Array, context: DecodeContext, cuts: readonly number[] = []): Promise<StreamEvent[]> {
    return this.decodeFrames(await this.frames(bytes, cuts), context);
  }

  decodeFrames(frames: readonly WireFrame[], context: DecodeContext): StreamEvent[] {
    const { decoder } = this.upstream;
    const state = decoder.initial(context);
    const events = frames.flatMap((frame) => decoder.step(state, frame));
    return [...events, ...decoder.end(state)];
  }

  /** Writes events as a client reads them. The tail is that of `end`, without a receipt. */
  encode(events: Iterable<StreamEvent>): Uint8Array {
    const writer = this.client.createEncoder(this.answerContext);
    return joined([...Array.from(events, (event) => writer.write(event)), writer.end(null)]);
  }

  async fold(bytes: Uint8Array): Promise<Fold> {
    return this.foldOf(await this.decode(bytes, this.decodeContext()));
  }

  foldOf(events: Iterable<StreamEvent>): Fold {
    return foldEvents(events);
  }
}

async function* piecesOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...new Set(cuts)].toSorted((a, b) => a - b)) {
    yield bytes.subarray(from, to);
    from = to;
  }
  yield bytes.subarray(from);
}

/** What a writer wrote, as one body. */
export function joined(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const encoder = new TextEncoder();
  const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
