import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createIds } from "./ids.ts";

describe("ids", () => {
  test("have the prefix, the time and a random part", () => {
    const id = createIds(
      () => Date.UTC(2026, 10, 20),
      () => 0.5,
    );
    expect(id("req")).toMatch(/^req_01m7v41f00[0-9a-hjkmnp-tv-z]{16}$/);
    expect(id("req")).not.toBe(id("req"));
  });

  test("are unique and sort by age, however the clock and chance behave", () => {
    const clock = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 200 });
    const chance = fc.array(fc.constantFrom(0, 0.5, 1 - 2 ** -53), { minLength: 1 });
    fc.assert(
      fc.property(clock, chance, (times, draws) => {
        let moment = 0;
        let draw = 0;
        const id = createIds(
          () => 1_763_000_000_000 + (times[moment++] ?? 0),
          () => draws[draw++ % draws.length] ?? 0,
        );
        const made = times.map(() => id("req"));
        expect(new Set(made).size).toBe(made.length);
        expect(made.toSorted()).toEqual(made);
        expect(new Set(made.map((one) => one.length))).toEqual(new Set([30]));
      }),
    );
  });
});
