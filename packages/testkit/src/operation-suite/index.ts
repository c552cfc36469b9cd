import { AttemptError, createGateway, defineProvider, isGatewayError } from "@sluice/core";
import type {
  AnyDialect,
  ClientCall,
  JsonObject,
  OperationClient,
  OperationDialect,
  OperationName,
  OperationRequest,
  OperationResult,
  ResultBody,
  ResultContext,
  UpstreamTarget,
} from "@sluice/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quietPorts } from "../gateway-suite/quiet-ports.ts";
import { createMockUpstream } from "../mock-upstream/server.ts";
import type { MockUpstream } from "../mock-upstream/server.ts";
import type { VendorDialect } from "../mock-upstream/vendor.ts";
import { upstreams } from "../simulation/index.ts";
import { createWorld } from "../simulation/world.ts";
import { questionsFor, readJson, requestOf } from "./questions.ts";
import type { OperationQuestion } from "./questions.ts";

export interface OperationTraits {
  /** Bodies as clients of this dialect send them, beside the suite's own question. */
  requests?: readonly JsonObject[];
  /** Answers as upstreams of this dialect send them, to those requests in order. */
  answers?: readonly JsonObject[];
  /** @default "some-model" */
  model?: string;
}

/**
 * Proves that a dialect of an operation beside chat keeps its contract: what it reads it can write again, the same each
 * time; wrong requests are refused by name and wrong answers are none; a vendor as strict as the real one takes what it
 * sends, whoever asked.
 *
 * @example testOperationDialect(openaiEmbeddings, dialects);
 */
export function testOperationDialect(
  dialect: OperationDialect,
  all: readonly AnyDialect[],
  traits: OperationTraits = {},
): void {
  const model = traits.model ?? "some-model";
  describe(`the dialect ${dialect.id}`, () => {
    if (dialect.client) clientCases(dialect, model, traits);
    if (dialect.client && dialect.upstream) rewritingCases(dialect, model, traits);
    if (dialect.upstream && !dialect.upstream.answer) vendorCases(dialect, all, model);
    if (dialect.client && dialect.upstream && traits.answers) {
      answerCases(dialect, model, traits);
      passingCases(dialect, all, model, traits);
    }
  });
}

const target = (model: string): UpstreamTarget => ({ model, quirks: {}, info: null, stateDomain: "suite" });

function callTo(question: OperationQuestion, model: string): ClientCall {
  const rawPath = question.path(model);
  return { method: "POST", path: rawPath, rawPath, query: new URLSearchParams(), headers: new Map() };
}

function ownQuestion({ id, operation }: OperationDialect): OperationQuestion {
  const question = questionsFor(operation).find(({ client }) => client === id);
  if (!question) throw new Error(`The suite has no question in ${id}: add one to operation-suite/questions.ts.`);
  return question;
}

// Anything that JSON can hold, in the place of a field.
const strange: readonly unknown[] = [null, 0, -1, 1.5, true, "", "text", [], [null], [[]], [{}], {}, { a: [] }];

function clientCases(dialect: OperationDialect, model: string, { requests = [] }: OperationTraits): void {
  const client = dialect.client as OperationClient<OperationName>;
  const question = ownQuestion(dialect);
  const call = callTo(question, model);
  const bodies = [question.body(model), ...requests];
  const decode = (fields: JsonObject) => client.decodeRequest({ fields, files: [] }, call);

  test.each(bodies.map((body) => [JSON.stringify(body).slice(0, 60), body] as const))("reads %s", (_, body) => {
    expect(decode(body)).toMatchObject({
      operation: dialect.operation,
      stream: false,
      origin: { dialect: dialect.id },
    });
  });

  test("refuses what a field cannot be with an error of its own, and never breaks", () => {
    for (const body of bodies) {
      for (const [name, value] of Object.keys(body).flatMap((field) => strange.map((each) => [field, each] as const))) {
        const thrown = thrownBy(() => decode({ ...body, [name]: value } as JsonObject));
        const isRefusal = thrown === null || (isGatewayError(thrown) && thrown.status === 400);
        expect(isRefusal, `${name}: ${JSON.stringify(value)} → ${String(thrown)}`).toBe(true);
      }
    }
  });

  test("says an error in its own shape, with the gateway's report beside it", () => {
    const error = thrownBy(() => decode({ model: 1 } as unknown as JsonObject)) as Parameters<
      typeof client.encodeError
    >[0];
    const body = client.encodeError(error, "req_1", null);
    expect(JSON.stringify(body)).toContain(JSON.stringify(error.message).slice(1, -1));
    expect(body["sluice"]).toMatchObject({ code: error.code, request_id: "req_1" });
  });
}

/** What a dialect with both halves reads, it can write. */
function rewritingCases(dialect: OperationDialect, model: string, { requests = [] }: OperationTraits): void {
  const { client, upstream } = dialect as Required<OperationDialect>;
  const question = ownQuestion(dialect);
  const bodies = [question.body(model), ...requests];
  const decode = (fields: JsonObject) => client.decodeRequest({ fields, files: [] }, callTo(question, model));

  test.each(bodies)("writes what it has read, the same each time", (body) => {
    const request = decode(body);
    const first = upstream.encodeRequest(structuredClone(request), target(model));
    const again = upstream.encodeRequest(structuredClone(request), target(model));
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
    const read = decode(first.body as JsonObject);
    expect({ ...read, origin: null }).toEqual({ ...request, model: read.model, origin: null });
  });

  test("keeps fields that nobody knows, in a patched body and in one that is written anew", () => {
    for (const body of bodies) {
      const future = { ...body, future_field: { b: 1, a: [2] } };
      const request = decode(future);
      const patch = upstream.patchRequest(future, request, target(model));
      expect([...patch.remove, ...Object.keys(patch.set)]).not.toContain("future_field");
    }
  });
}

/** In front of the mock upstream, which speaks the vendor's own words. */
function vendorCases(dialect: OperationDialect, all: readonly AnyDialect[], model: string): void {
  let upstream: MockUpstream;
  const key = "sk-operation-suite";
  const id = dialect.id as VendorDialect;
  const gatewayOf = (speaks: readonly string[]) =>
    createGateway(
      {
        providers: [
          defineProvider({
            id: "suite",
            name: "Suite",
            dialects: all,
            speaks,
            baseURL: upstream.baseURL(id),
            keyVariables: [],
            auth: authOf(id),
          })({ apiKey: key }),
        ],
        attempts: 1,
      },
      quietPorts(),
    );

  beforeAll(async () => {
    upstream = await createMockUpstream();
  });
  afterAll(() => upstream.close());

  test.each(questionsFor(dialect.operation))("its vendor answers a client of $client", async (question) => {
    const gateway = gatewayOf([dialect.id]);
    const response = await gateway.fetch(requestOf(question, `suite/${model}`));
    const json = await readJson(response);
    expect([response.status, question.essence(json)]).toEqual([200, question.expected]);
    const own = question.client === dialect.id;
    expect(json["sluice"]).toMatchObject({
      upstream_dialect: dialect.id,
      path: own ? "byte" : "codec",
      complete: true,
    });
    expect(upstream.requests.at(-1)).toMatchObject({ dialect: dialect.id, status: 200, model });
    await gateway.close({ graceMs: 0 });
  });

  test.each([400, 401, 404, 429, 500, 503])(
    "a %i of its vendor is an error for every client, and no answer",
    async (status) => {
      const gateway = gatewayOf([dialect.id]);
      for (const question of questionsFor(dialect.operation)) {
        upstream.script([`status:${status}`]);
        const response = await gateway.fetch(requestOf(question, `suite/${model}`));
        expect(response.status).toBe(status === 401 ? 502 : status);
        expect((await readJson(response))["sluice"]).toMatchObject({
          complete: false,
          code: expect.stringMatching(/^SLUICE_/),
        });
      }
      await gateway.close({ graceMs: 0 });
    },
  );

  test.each(["html", "empty", "cut:0", "reset:0", "error-200:500"] as const)("%s is no answer", async (fault) => {
    const gateway = gatewayOf([dialect.id]);
    for (const question of questionsFor(dialect.operation)) {
      upstream.script([fault]);
      const response = await gateway.fetch(requestOf(question, `suite/${model}`));
      expect(response.status).toBeGreaterThanOrEqual(500);
    }
    await gateway.close({ graceMs: 0 });
  });
}

function authOf(id: string) {
  if (id.startsWith("gemini")) return { type: "header", name: "x-goog-api-key" } as const;
  return id.startsWith("anthropic") ? ({ type: "header", name: "x-api-key" } as const) : ({ type: "bearer" } as const);
}

/** Between a client and an upstream of the dialect. */
function passingCases(
  dialect: OperationDialect,
  all: readonly AnyDialect[],
  model: string,
  traits: OperationTraits,
): void {
  test("passes what nobody knows, in its order, both ways", async () => {
    const question = ownQuestion(dialect);
    const known = traits.requests?.[0] ?? question.body(model);
    const named = known["model"] === undefined ? known : { ...known, model: `suite/${model}` };
    const body = { future_first: { z: 1, a: [null] }, ...named, future_last: "✓" };
    const reply = { future_first: [{ b: 1, a: 2 }], ...traits.answers?.[0], future_last: 1e21 };
    const world = createWorld({ seed: 1 });
    const provider = defineProvider({
      id: "suite",
      name: "Suite",
      dialects: all,
      speaks: [dialect.id],
      baseURL: "https://suite.test/v1",
      keyVariables: [],
      auth: { type: "none" },
    });
    world.upstream("https://suite.test", upstreams.replying(reply));
    const gateway = createGateway({ providers: [provider()] }, world.ports);
    const headers = { "content-type": "application/json" };
    const url = `http://gateway.test${question.path(`suite/${model}`)}`;
    const request = new Request(url, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await world.run(gateway.fetch(request).then((response) => response.text()));
    const sent = JSON.parse(world.calls[0]?.body ?? "null") as JsonObject;
    expect(Object.keys(sent)).toEqual(Object.keys(body));
    expect(sent).toMatchObject({ future_first: { z: 1, a: [null] }, future_last: "✓" });
    expect(text.slice(0, JSON.stringify(reply).length - 1)).toBe(JSON.stringify(reply).slice(0, -1));
  });
}

function answerCases(dialect: OperationDialect, model: string, { requests = [], answers = [] }: OperationTraits): void {
  const { client, upstream } = dialect as Required<OperationDialect>;
  const question = ownQuestion(dialect);
  const bodyOf = (json: unknown): ResultBody => ({
    mediaType: "application/json",
    bytes: new TextEncoder().encode(JSON.stringify(json)),
    json: json as ResultBody["json"],
  });
  const context = (request: OperationRequest) => ({
    target: target(model),
    request,
    headers: new Map<string, string>(),
  });
  const decode = (json: unknown, request: OperationRequest) => upstream.decodeResult(bodyOf(json), context(request));
  const encode = (result: OperationResult, request: OperationRequest) => {
    const warn = () => {};
    const told: ResultContext = { requestId: "req_1", created: 1, model, channel: "suite", request, warn };
    return client.encodeResult(result, told) as JsonObject;
  };
  const pairs = answers.map((answer, index) => {
    const fields = requests[index] ?? question.body(model);
    return [client.decodeRequest({ fields, files: [] }, callTo(question, model)), answer] as const;
  });

  test.each(pairs)("writes the answer that it has read", (request, answer) => {
    const result = decode(answer, request);
    const again = decode(encode(result, request), request);
    expect(withoutUsage(again)).toEqual(withoutUsage(result));
  });

  test("takes nothing else for an answer, and never breaks over it", () => {
    const [request, answer] = pairs[0] ?? [];
    if (!request || !answer) throw new Error("The suite was given no answer to break.");
    const broken = Object.keys(answer).flatMap((name) => strange.map((value) => ({ ...answer, [name]: value })));
    for (const json of [...strange, { error: { message: "no" } }, ...broken]) {
      const thrown = thrownBy(() => decode(json, request));
      expect(thrown === null || thrown instanceof AttemptError, `${JSON.stringify(json)} → ${String(thrown)}`).toBe(
        true,
      );
    }
    expect(thrownBy(() => decode({}, request))).toBeInstanceOf(AttemptError);
    expect(thrownBy(() => decode(undefined, request))).toBeInstanceOf(AttemptError);
  });

  test("reads an error in whatever shape it comes", () => {
    for (const body of [...strange, "<html>", { message: "m" }, { detail: "d" }, { error: "e" }]) {
      expect(upstream.decodeError(500, new Map(), body, {})).toMatchObject({ message: expect.any(String) });
    }
  });
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (thrown) {
    return thrown;
  }
}

// Ids and usage are told where a dialect has a place for them.
function withoutUsage(result: OperationResult): unknown {
  return Object.fromEntries(
    Object.entries(result).filter(([name]) => !["usage", "id", "model", "warnings"].includes(name)),
  );
}
