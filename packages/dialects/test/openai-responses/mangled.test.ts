import { globSync, readFileSync } from "node:fs";
import { errors, GatewayError } from "@sluice/core";
import type { Json, JsonObject, StreamEvent } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chatDialects } from "../../src/index.ts";
import { call, cut } from "../_subject.ts";
import { client, decodeBytes, decodeContext, encodeEvents, fixtureJson, target } from "./fixtures.ts";

const utf8 = new TextEncoder();
const recorded = globSync(`${import.meta.dirname}/../../fixtures/openai-responses/*.sse`).map((file) =>
  eventsIn(readFileSync(file, "utf8")),
);

function eventsIn(text: string): JsonObject[] {
  const lines = text.split("\n").filter((line) => line.startsWith("data: {"));
  return lines.map((line) => JSON.parse(line.slice("data: ".length)) as JsonObject);
}

const odd = fc.constantFrom<Json>(null, "", "x", -1, 0, 1, 1e9, true, [], {}, [null], ["x"], { type: "x" }, [{}]);
const change = fc.record({
  kind: fc.constantFrom("drop", "twice", "swap", "odd", "leave out"),
  at: fc.nat(),
  path: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
  odd,
});
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function mangle(events: readonly JsonObject[], changes: readonly Change[]): JsonObject[] {
  const all = structuredClone(events) as JsonObject[];
  for (const { kind, at, path, odd } of changes) {
    if (all.length === 0) return all;
    const place = at % all.length;
    const event = all[place] as JsonObject;
    if (kind === "drop") all.splice(place, 1);
    else if (kind === "twice") all.splice(place, 0, structuredClone(event));
    else if (kind === "swap") all.push(...all.splice(place, 1));
    else mangleMember(event, path, kind === "odd" ? odd : undefined);
  }
  return all;
}

function mangleMember(root: JsonObject, path: readonly number[], value: Json | undefined): void {
  let place = root as Record<string, Json | undefined>;
  for (const step of path) {
    const names = Object.keys(place);
    const name = names[step % names.length];
    if (name === undefined) return;
    const next = place[name];
    if (typeof next !== "object" || next === null || step === path.at(-1)) {
      if (value === undefined && Array.isArray(place)) place.splice(Number(name), 1);
      else if (value === undefined) delete place[name];
      else place[name] = structuredClone(value);
      return;
    }
    place = next as Record<string, Json | undefined>;
  }
}

const mangled = fc
  .tuple(fc.constantFrom(...recorded), fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([events, changes]) => mangle(events, changes));

/** Events are in order where calls open and close, one at a time, and there is one end. */
function isInOrder(events: readonly StreamEvent[]): boolean {
  let open = -1;
  const ends = events.filter(({ type }) => type === "error" || type === "end");
  return (
    ends.length === 1 &&
    events.every((event) => {
      const was = open;
      if (event.type === "tool-start") open = event.index;
      if (event.type === "tool-end") open = -1;
      if (event.type === "tool-start") return was === -1;
      return !event.type.startsWith("tool-") || (event as { index: number }).index === was;
    })
  );
}

/** The ids of items, as they were added, were done, and stand in the last response. */
function idsIn(events: readonly JsonObject[]) {
  const idsOf = (type: string) =>
    events
      .filter((event) => event.type === type)
      .toSorted((one, other) => Number(one.output_index) - Number(other.output_index))
      .map(({ item }) => (item as JsonObject).id);
  const { response } = events.at(-1) as { response?: { output: JsonObject[] } };
  return {
    added: idsOf("response.output_item.added"),
    done: idsOf("response.output_item.done"),
    last: response?.output.map(({ id }) => id),
  };
}

test("whatever a vendor makes of a stream is read in order, and written as a stream that can be read", async () => {
  await fc.assert(
    fc.asyncProperty(mangled, async (wire) => {
      const text = wire.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
      const events = await decodeBytes(cut(utf8.encode(text)), decodeContext);
      expect(isInOrder(events)).toBe(true);

      const told = eventsIn(new TextDecoder().decode(encodeEvents(ended(events))));
      expect(told.map((event) => event.sequence_number)).toEqual(told.map((_, at) => at));
      expect(told[0]?.type).toBe("response.created");
      expect(told.at(-1)?.type).toMatch(/^response\.(completed|incomplete)$/);
      const { added, done, last } = idsIn(told);
      expect({ done, last }).toEqual({ done: added, last: added });
    }),
    { numRuns: 500 },
  );
});

/** Events as of an answer that ended. */
function ended(events: readonly StreamEvent[]): StreamEvent[] {
  if (events.some(({ type }) => type === "finish")) return [...events];
  return [...events, { type: "finish", choice: 0, reason: "stop" }];
}

const everything = fixtureJson("everything.request.json") as JsonObject;

test.each(chatDialects.map((dialect) => [dialect.id, dialect] as const))(
  "whatever a caller makes of a request is translated to %s or refused by name",
  (id, { upstream }) => {
    let written = 0;
    const translate = (body: JsonObject) => {
      const request = client.decodeRequest(body, call("/v1/responses"));
      return upstream?.encodeRequest(request, { ...target, stateDomain: id });
    };
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const body = id === "openai-responses" ? structuredClone(everything) : plain();
        for (const { path, kind, odd } of changes) mangleMember(body, path, kind === "odd" ? odd : undefined);
        const refusal = attempt(() => translate(body));
        written += Number(refusal === null);
        expect(refusal ?? anyRefusal).toBeInstanceOf(GatewayError);
      }),
      { numRuns: 300 },
    );
    expect(written).toBeGreaterThan(20);
  },
);

/** What every dialect has a place for. */
function plain(): JsonObject {
  const body = structuredClone(everything) as Record<string, Json>;
  delete body.top_logprobs;
  delete body.include;
  body.tools = (body.tools as JsonObject[]).filter(({ type }) => type !== "web_search");
  const isForeign = (part: Json) => /"file_(id|url)"/.test(JSON.stringify(part));
  for (const item of body.input as Record<string, Json>[]) {
    for (const name of ["content", "output"]) {
      if (Array.isArray(item[name])) item[name] = item[name].filter((part) => !isForeign(part));
    }
  }
  return body;
}

const anyRefusal = errors.REQUEST_INVALID("input", "is mangled");

function attempt(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}
