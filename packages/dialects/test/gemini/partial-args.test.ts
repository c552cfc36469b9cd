import type { JsonObject } from "@sluice/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { beginCall, continueCall } from "../../src/gemini/partial-args.ts";
import { gemini } from "../../src/index.ts";
import { subjectOf } from "../_subject.ts";

const begun = () => {
  const call = beginCall({ name: "look", willContinue: true }, null);
  if (call === null) throw new Error("The call did not begin.");
  return call;
};

test("pieces reach into lists and objects, and text goes on where it was left", () => {
  const call = begun();
  const pieces: JsonObject[] = [
    { jsonPath: "$.a.b[0]", stringValue: "one ", willContinue: true },
    { jsonPath: "$.a.b[0]", stringValue: "two" },
    { jsonPath: "$.a.b[2]", numberValue: 3 },
    { jsonPath: "$.a.c", stringValue: "first" },
    { jsonPath: "$.a.c", stringValue: "last" },
    { jsonPath: '$["it\'s"]', boolValue: true },
  ];
  for (const piece of pieces) continueCall(call, { partialArgs: [piece] });
  expect(call.args).toEqual({ a: { b: ["one two", null, 3], c: "last" }, "it's": true });
});

test("no path makes a piece throw, reach beyond the arguments or fill memory", () => {
  const paths = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "$",
      "$.__proto__.x",
      "$.constructor.prototype.x",
      "$.a[99999]",
      "$[0]",
      "$..a",
      "$.a[*]",
      "$.a.b.c",
    ),
  );
  fc.assert(
    fc.property(fc.array(paths, { maxLength: 5 }), (given) => {
      const call = begun();
      continueCall(call, { partialArgs: given.map((jsonPath) => ({ jsonPath, stringValue: "x" })) });
      expect(JSON.stringify(call.args).length).toBeLessThan(1_000);
      expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    }),
  );
});

test.each([
  ["MAX_TOKENS", ["warning cut_call", "finish length"]],
  ["STOP", ["error protocol"]],
])("a call whose arguments did not end with %s", (finishReason, expected) => {
  const { upstream, decodeContext } = subjectOf(gemini, "m");
  const state = upstream.decoder.initial(decodeContext);
  const parts = [{ text: "I look." }, { functionCall: { name: "look", willContinue: true } }];
  const data = JSON.stringify({ candidates: [{ content: { parts }, finishReason }] });
  const events = upstream.decoder.step(state, { raw: new Uint8Array(), event: null, data });
  const told = events.slice(2).map((event) => {
    if (event.type === "warning") return `warning ${event.warning.code}`;
    if (event.type === "error") return `error ${event.failure.class}`;
    return event.type === "finish" ? `finish ${event.reason}` : event.type;
  });
  expect(told).toEqual(expected);
});
