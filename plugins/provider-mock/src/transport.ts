import {
  bytesOf,
  isObject,
  stringOf,
  TransportError,
  type JsonObject,
  type Ports,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "@sluice/core";
import { cutAnswer, type CutAnswer } from "./answer.ts";
import { readAsk, type Ask } from "./ask.ts";
import { catalogue } from "./catalogue.ts";
import { chunkOf, completionOf, deltaOf, openingDelta, usageChunk, usageOf, type Head } from "./completion.ts";
import { endpoints } from "./endpoints.ts";
import { errorBody, errors, isError, type MockError } from "./errors.ts";
import { faultsOf, type Fault } from "./faults.ts";
import { answerMedia, isBytes, type MockBytes } from "./media/endpoints.ts";
import { findModel, type MockModel, type Wish } from "./models.ts";
import { assertWanted, createPacer, type Pace, type Pacer } from "./pace.ts";

/** How a mock upstream behaves. */
export interface MockBehaviour {
  /** Fixes the order of the faults of `mock/flaky`. @default 1 */
  seed?: number;
  /** Speed of every model whose name does not set one. @default 50 for `lorem`, as fast as read for the others */
  tokensPerSecond?: number;
  /** Wait for the first token of `mock/slow`, and of `mock/flaky` when it is slow, in milliseconds. @default 3000 */
  slowMs?: number;
}

/** The ports that a mock upstream needs: no network, no randomness of its own. */
export type MockPorts = Pick<Ports, "clock" | "timers" | "id">;

/** One call, read and decided. */
interface Plan {
  head: Head;
  ask: Ask;
  answer: CutAnswer;
  pacer: Pacer;
  /** After how many tokens the connection is cut; null for an answer that arrives whole. */
  cutAfter: number | null;
}

/**
 * An upstream without a vendor, in process: takes requests in OpenAI's wire format and answers in bytes.
 *
 * The same calls in the same order get the same answers; only ids and times come from the ports.
 */
export function createMockTransport(ports: MockPorts, behaviour: MockBehaviour = {}): Transport {
  const faults = faultsOf(behaviour.seed ?? 1);
  const encoder = new TextEncoder();

  async function send(request: TransportRequest): Promise<TransportResponse> {
    assertWanted(request.signal);
    const path = new URL(request.url).pathname;
    if (request.method === "GET" && path.endsWith("/models")) return json(200, listOf());
    const media = await answerMedia(request, ports);
    if (media !== null) return isBytes(media) ? sent(media) : isError(media) ? refuse(media) : json(200, media);
    if (request.method !== "POST") return refuse(errors.route(path));
    if (path.endsWith("/chat/completions")) return await chat(request);
    const ending = Object.keys(endpoints).find((name) => path.endsWith(name));
    return ending === undefined ? refuse(errors.route(path)) : atEndpoint(ending, request);
  }

  function sent({ bytes, mediaType }: MockBytes): TransportResponse {
    return respond(200, { "content-type": mediaType }, bodyOf([bytes], null));
  }

  /** What generates no text, and so has no pace and meets no faults. */
  function atEndpoint(ending: string, request: TransportRequest): TransportResponse {
    const endpoint = endpoints[ending];
    const body = parse(request.body === null ? null : bytesOf(request.body));
    if (body === null || endpoint === undefined) return refuse(errors.body());
    const model = stringOf(body["model"]);
    if (model === undefined) return refuse(errors.field("model"));
    const isServed = endpoint.model === null ? findModel(model) !== null : model === endpoint.model;
    if (!isServed) return refuse(errors.model(model));
    const answer = endpoint.answer(body, model);
    return isError(answer) ? refuse(answer) : json(200, answer);
  }

  async function chat(request: TransportRequest): Promise<TransportResponse> {
    const body = parse(request.body === null ? null : bytesOf(request.body));
    if (body === null) return refuse(errors.body());
    const ask = readAsk(body);
    if ("wrong" in ask) return refuse(errors.field(ask.wrong));
    const found = findModel(ask.model);
    if (found === null) return refuse(errors.model(ask.model));

    const { model, wish } = found;
    const fault = wish.fault ?? (model.faulty ? faults.next().value : "ok");
    if (fault === "429" || fault === "500" || fault === "503") return refuse(errors[fault]());

    const answer = cutAnswer(model.answer(ask), ask);
    const plan: Plan = {
      head: headFor(ask.model),
      ask,
      answer,
      pacer: createPacer(paceFor(model, wish, fault), ports, request.signal),
      cutAfter: fault === "cut" ? Math.ceil(answer.pieces.length / 2) : null,
    };
    return body["stream"] === true ? stream(plan, request.signal) : await whole(plan, request.signal);
  }

  function paceFor(model: MockModel, wish: Wish, fault: Fault): Pace {
    const late = model.late === true || fault === "slow";
    const tokensPerSecond = wish.tokensPerSecond ?? behaviour.tokensPerSecond ?? model.tokensPerSecond;
    return {
      firstTokenMs: wish.firstTokenMs ?? (late ? (behaviour.slowMs ?? 3000) : 0),
      tokensPerSecond: tokensPerSecond ?? Number.POSITIVE_INFINITY,
    };
  }

  function headFor(name: string): Head {
    const ids = new Map<string, string>();
    return {
      id: ports.id("chatcmpl-mock"),
      created: Math.floor(ports.clock.now() / 1000),
      model: `mock/${name}`,
      callId(choice, call) {
        const place = `${choice}.${call}`;
        const id = ids.get(place) ?? ports.id("call_mock");
        ids.set(place, id);
        return id;
      },
    };
  }

  async function whole(plan: Plan, signal: AbortSignal): Promise<TransportResponse> {
    const { head, answer, ask } = plan;
    const { choices, inputTokens } = ask;
    await plan.pacer.wait(answer.pieces.length * choices);
    const bytes = encoder.encode(
      JSON.stringify(completionOf(head, answer, choices, usageOf(inputTokens, answer, choices))),
    );
    if (plan.cutAfter === null) return respond(200, jsonHeaders, bodyOf([bytes], signal));
    return respond(200, jsonHeaders, cutBody(bytes.subarray(0, bytes.length / 2), signal));
  }

  function stream(plan: Plan, signal: AbortSignal): TransportResponse {
    return respond(200, { "content-type": "text/event-stream; charset=utf-8" }, streamBody(plan, signal));
  }

  async function* streamBody(plan: Plan, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { head, answer, ask } = plan;
    const { choices, inputTokens } = ask;
    for (let choice = 0; choice < choices; choice += 1) {
      yield event(chunkOf(head, choice, openingDelta(answer.pieces)));
      for (const [index, piece] of answer.pieces.entries()) {
        await plan.pacer.wait();
        if (index === plan.cutAfter) throw cut();
        yield event(chunkOf(head, choice, deltaOf(head, choice, piece)));
      }
      assertWanted(signal);
      if (plan.cutAfter !== null) throw cut();
      yield event(chunkOf(head, choice, {}, answer.finish));
    }
    if (wantsUsage(ask.body)) yield event(usageChunk(head, usageOf(inputTokens, answer, choices)));
    yield encoder.encode("data: [DONE]\n\n");
  }

  function event(chunk: JsonObject): Uint8Array {
    return encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`);
  }

  function refuse(error: MockError): TransportResponse {
    return json(error.status, errorBody(error), error.headers);
  }

  function json(status: number, body: JsonObject, headers: Record<string, string> = {}): TransportResponse {
    const bytes = encoder.encode(JSON.stringify(body));
    return respond(status, { ...jsonHeaders, ...headers }, bodyOf([bytes], null));
  }

  function respond(
    status: number,
    headers: Record<string, string>,
    body: AsyncIterable<Uint8Array>,
  ): TransportResponse {
    return { status, headers: new Map(Object.entries({ "x-request-id": ports.id("req_mock"), ...headers })), body };
  }

  return { send, close: () => Promise.resolve() };
}

const jsonHeaders = { "content-type": "application/json" };

function listOf(): JsonObject {
  const data = catalogue.map(({ id }) => ({ id, object: "model", created: 0, owned_by: "mock" }));
  return { object: "list", data };
}

function wantsUsage(body: JsonObject): boolean {
  return isObject(body["stream_options"]) && body["stream_options"]["include_usage"] === true;
}

function parse(bytes: Uint8Array | null): JsonObject | null {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array()));
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

async function* bodyOf(chunks: readonly Uint8Array[], signal: AbortSignal | null): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (signal !== null) assertWanted(signal);
    yield chunk;
  }
}

async function* cutBody(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* bodyOf([bytes], signal);
  throw cut();
}

function cut(): TransportError {
  return new TransportError("sent", "The mock upstream cut the connection.");
}
