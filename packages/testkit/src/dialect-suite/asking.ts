import { GatewayError } from "@sluice/core";
import type { ChatRequest, JsonObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { frozen, requestsFor } from "./requests.ts";
import type { Subject } from "./subject.ts";

// Not every dialect has these: the words must arrive, the form may be another.
const rephrased = new Set(["a later system prompt", "any JSON"]);

const call = {
  method: "POST",
  path: "/",
  rawPath: "/",
  query: new URLSearchParams(),
  headers: new Map<string, string>(),
};

/** What must hold for the requests that the dialect writes and reads. */
export function askingCases(subject: Subject): void {
  const { model } = subject.target();
  const requests = requestsFor(subject.dialect.id, model);
  const taken = requests.filter(([name]) => !subject.refuses.includes(name));

  test("a request that it cannot carry is refused, never changed in silence", () => {
    for (const [name, request] of requests.filter(([each]) => subject.refuses.includes(each))) {
      expect(() => subject.upstream.encodeRequest(request, subject.target()), name).toThrow(GatewayError);
    }
    expect(taken.length + subject.refuses.length).toBe(requests.length);
  });

  describe.each(taken)("a request with %s", (_name, request) => {
    test("is written the same each time, and is left as it was (W18)", () => {
      const write = () =>
        JSON.stringify(subject.upstream.encodeRequest(frozen(structuredClone(request)), subject.target()));
      expect(write()).toBe(write());
    });

    test("is written the same for whoever asked", () => {
      const foreign = frozen({ ...request, origin: { dialect: "another", rest: { xUnknown: 1 }, prefers: {} } });
      const { body } = subject.upstream.encodeRequest(foreign, subject.target());
      expect(JSON.stringify(body)).not.toContain("xUnknown");
    });
  });
}

/** What must hold for the requests of clients that speak the dialect. */
export function understandingCases(subject: Subject): void {
  const { model } = subject.target();
  const requests = requestsFor(subject.dialect.id, model);

  describe.each(requests.filter(([name]) => rephrased.has(name)))("a request with %s", (_name, request) => {
    test("keeps its words", () => {
      const { body } = subject.upstream.encodeRequest(request, subject.target());
      const again = subject.client.decodeRequest(structuredClone(body), calling(subject, model, request.stream));
      for (const words of textsOf(request)) expect(textsOf(again).join("\n")).toContain(words);
    });
  });

  describe.each(requests.filter(([name]) => !rephrased.has(name)))("a request with %s", (_name, request) => {
    test("means the same to the dialect's client half as to its upstream half", () => {
      const { body } = subject.upstream.encodeRequest(request, subject.target());
      const again = subject.client.decodeRequest(structuredClone(body), calling(subject, model, request.stream));
      expect(meaning(again)).toEqual({ ...meaning(request), ...(subject.hasStop ? {} : { stop: [] }) });
    });

    test("is patched only where it must be", () => {
      const { body } = subject.upstream.encodeRequest(request, subject.target());
      const decoded = subject.client.decodeRequest(structuredClone(body), calling(subject, model, request.stream));
      const patch = subject.upstream.patchRequest(frozen(structuredClone(body)), decoded, subject.target());
      const patched = subject.client.decodeRequest(applied(body, patch), calling(subject, model, request.stream));
      expect(meaning(patched)).toEqual(meaning(decoded));
      expect(patch.remove.filter((name) => !(name in body))).toEqual([]);
      const again = subject.upstream.patchRequest(applied(body, patch), patched, subject.target());
      expect(applied(applied(body, patch), again)).toEqual(applied(body, patch));
    });
  });

  test("a field that nobody knows is kept for an upstream of the same dialect", () => {
    const [[, request] = []] = requestsFor(subject.dialect.id, model);
    if (request === undefined) throw new Error("There is no request.");
    const { body } = subject.upstream.encodeRequest(request, subject.target());
    const decoded = subject.client.decodeRequest({ ...body, xFuture: { a: 1 } }, calling(subject, model, false));
    expect(decoded.origin).toMatchObject({ dialect: subject.dialect.id, rest: { xFuture: { a: 1 } } });
  });

  test.each([
    ["a string", "x"],
    ["a number", 7],
    ["null", null],
    ["an object", { a: 1 }],
    ["a list of numbers", [1]],
  ])("messages that are %s are refused with the name of the field", (_name, wrong) => {
    for (const field of ["messages", "contents"].filter((name) => subject.client.fields.has(name))) {
      const read = () =>
        subject.client.decodeRequest({ model, max_tokens: 1, [field]: wrong }, calling(subject, model, false));
      expect(read).toThrow(GatewayError);
      expect(read).toThrow(expect.objectContaining({ status: 400, param: expect.stringContaining(field) }));
    }
  });

  test("every recorded request is read, written and read again without a change", () => {
    for (const { request: body } of subject.recordings) {
      if (body === null) continue;
      const first = subject.client.decodeRequest(structuredClone(body), calling(subject, model, false));
      const written = subject.upstream.encodeRequest(first, subject.target());
      const second = subject.client.decodeRequest(written.body, calling(subject, model, false));
      expect(meaning(second).messages).toEqual(meaning(first).messages);
    }
  });
}

function calling(subject: Subject, model: string, stream: boolean) {
  const path = subject.upstream.path({ ...subject.target(), model }, stream);
  const url = new URL(`http://gateway.invalid/v1beta${path}`);
  return { ...call, path: decodeURIComponent(url.pathname), rawPath: url.pathname, query: url.searchParams };
}

function applied(body: JsonObject, patch: { set: JsonObject; remove: string[] }): JsonObject {
  const kept = Object.entries(body).filter(([name]) => !patch.remove.includes(name));
  return { ...Object.fromEntries(kept), ...patch.set };
}

/** What a request asks for, without how its dialect asks: neighbours of one role joined, defaults filled in. */
function meaning(request: ChatRequest) {
  const { toolChoice, output, reasoning: _reasoning, sampling, tools, stream } = request;
  return {
    stream,
    messages: request.messages
      .map((message) => ({ role: message.role, parts: message.parts.map(partMeaning) }))
      .reduce(joinNeighbours, [])
      .map(inOneOrder),
    tools: tools?.map((tool) => tool.name) ?? [],
    toolChoice: toolChoice?.type ?? "auto",
    output: output?.type ?? "text",
    stop: sampling.stop ?? [],
  };
}

type Meaning = { role: string; parts: unknown[] };

function joinNeighbours(turns: Meaning[], turn: Meaning): Meaning[] {
  const last = turns.at(-1);
  if (last?.role !== turn.role) return [...turns, turn];
  return [...turns.slice(0, -1), { role: turn.role, parts: [...last.parts, ...turn.parts] }];
}

/** Results may come in the order of their calls. */
function inOneOrder(turn: Meaning): Meaning {
  if (turn.role !== "tool") return turn;
  return {
    ...turn,
    parts: turn.parts.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
  };
}

function textsOf(request: ChatRequest): string[] {
  return request.messages
    .flatMap((message) => message.parts)
    .flatMap((part) => (part.type === "text" ? [part.text] : []));
}

function partMeaning(part: ChatRequest["messages"][number]["parts"][number]): unknown {
  if (part.type === "text") return part.text;
  if (part.type === "tool-call") return [part.name, JSON.parse(part.arguments)];
  if (part.type === "tool-result") return part.content.map((one) => (one.type === "text" ? one.text : one.type));
  if (part.type === "image") return part.source.kind === "url" ? part.source.url : part.source;
  return part;
}
