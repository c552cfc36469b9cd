import type { Json, JsonObject, Quirks } from "@sluice/core";
import { isObject } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Subject } from "./subject.ts";
import { ask, replying, sending } from "./through-gateway.ts";

/** A vendor of the dialect without ways of its own. */
const none: Quirks = { maxTokensField: "max_completion_tokens", developerRole: "developer", strict: true };

/** As a wire can say it: it has no negative zero. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const unknowns = fc.record({
  name: fc.stringMatching(/^x[a-z]{2,5}$/),
  value: json,
  /** Which object gets the member, and before which of its own. */
  object: fc.nat(),
  place: fc.nat(),
});

interface Unknown {
  name: string;
  value: Json;
  object: number;
  place: number;
}

/**
 * What nobody knows passes between a client and an upstream of the same dialect in order and unchanged (W15): in requests,
 * whole answers and every event of a stream, at whatever depth it stands.
 */
export function exactnessCases(subject: Subject): void {
  test("a request arrives with all that nobody knows of it, in order", async () => {
    const { body: plain } = subject.upstream.encodeRequest(
      { ...subject.plainRequest, model: "a/m", stream: true },
      { ...subject.target(), model: "a/m" },
    );
    const questions = [plain, ...subject.recordings.flatMap(({ request }) => (request === null ? [] : [request]))];
    const answer = await recordedText(subject);
    const property = fc.asyncProperty(
      fc.constantFrom(...questions),
      fc.array(unknowns, { maxLength: 6 }),
      async (question, added) => {
        const asked = { ...question, ...("model" in question ? { model: "a/m" } : {}) };
        const body = sprinkled(asked, added);
        const { sent, status } = await ask(subject, { a: sending([answer]) }, { body, quirks: none });
        expect(status).toBe(200);
        const arrived = "model" in question ? { ...body, model: "m" } : body;
        expect(sent).toBe(JSON.stringify(arrived));
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test("a whole answer leaves byte for byte, whatever is in it", async () => {
    const replies = subject.recordings.flatMap(({ reply, quirks }) =>
      reply === null || Object.keys(quirks).length > 0 ? [] : [reply],
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...replies),
      fc.array(unknowns, { maxLength: 6 }),
      async (reply, added) => {
        // Odd white space as well: what is not read is not written anew.
        const body = JSON.stringify(sprinkled(reply, added), null, 1);
        const told = await ask(subject, { a: replying(body) }, { stream: false, receipt: "headers" });
        expect([told.status, told.body]).toEqual([200, body]);
        expect(told.receipt).toMatchObject({ path: "byte", warnings: [] });
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  test("every event of a stream leaves byte for byte, whatever is in it", async () => {
    const complete = subject.streams.filter(
      (one) => one.reply !== null && Object.keys(one.quirks).length === 0 && isEventStream(one.stream),
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...complete),
      fc.array(unknowns, { maxLength: 10 }),
      async ({ stream }, added) => {
        const events = textOf(stream).split("\n\n").filter(Boolean);
        const body = events
          .map(
            (event, at) =>
              `${withUnknown(
                event,
                added.filter(({ object }) => object % events.length === at),
              )}\n\n`,
          )
          .join("");
        const told = await ask(subject, { a: sending([body]) }, { receipt: "headers" });
        expect([told.status, told.body]).toEqual([200, body]);
        expect(told.receipt).toMatchObject({ path: "byte", warnings: [], complete: true });
      },
    );
    expect(complete.length).toBeGreaterThan(0);
    await fc.assert(property, { numRuns: 40 });
  });
}

async function recordedText(subject: Subject): Promise<Uint8Array> {
  const found = subject.streams.find((one) => one.reply !== null && Object.keys(one.quirks).length === 0);
  if (found === undefined) throw new Error("There is no answer recorded both streamed and whole.");
  return found.stream;
}

function isEventStream(stream: Uint8Array): boolean {
  return /^(event|data): /.test(textOf(stream));
}

function textOf(stream: Uint8Array): string {
  return new TextDecoder().decode(stream).replaceAll("\r\n", "\n");
}

/** One event with members that nobody knows in its data. */
function withUnknown(event: string, added: readonly Unknown[]): string {
  const start = event.indexOf("data: ") + 6;
  const data = event.slice(start);
  if (!data.startsWith("{") || added.length === 0) return event;
  return event.slice(0, start) + JSON.stringify(sprinkled(JSON.parse(data) as JsonObject, added));
}

/** The object with unknown members somewhere in it. Maps of the caller's own names are left alone. */
function sprinkled(object: JsonObject, added: readonly Unknown[]): JsonObject {
  return added.reduce<JsonObject>((whole, unknown) => {
    const objects = objectsIn(whole);
    const chosen = objects[unknown.object % objects.length];
    return rebuilt(whole, (one) => (one === chosen ? inserted(one, unknown) : null)) as JsonObject;
  }, object);
}

// What stands in these is data, schema or settings whose names have a meaning.
const closed =
  /^(parameters|parametersJsonSchema|input_schema|schema|responseSchema|responseJsonSchema|response_format|metadata|logit_bias|labels|input|args|response|properties|usageMetadata|thinking|format|output_config)$/;

function objectsIn(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (!isObject(value)) return [];
  return [value, ...Object.entries(value).flatMap(([name, member]) => (closed.test(name) ? [] : objectsIn(member)))];
}

function rebuilt(value: Json, change: (object: JsonObject) => JsonObject | null): Json {
  if (Array.isArray(value)) return value.map((item) => rebuilt(item, change));
  if (!isObject(value)) return value;
  const changed = change(value);
  if (changed !== null) return changed;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rebuilt(member ?? null, change)]));
}

function inserted(object: JsonObject, { name, value, place }: Unknown): JsonObject {
  const members = Object.entries(object).filter(([known]) => known !== name);
  return Object.fromEntries(members.toSpliced(place % (members.length + 1), 0, [name, value]));
}
