import { expect, test } from "vitest";
import { upstream } from "../fixtures.ts";

test("relays untouched only what no quirk would change", () => {
  expect(upstream.relayable({})).toBe(true);
  expect(upstream.relayable({ patchStream: true })).toBe(false);
  expect(upstream.relayable({ finishReasons: { eos: "stop" } })).toBe(false);
});
