import fc from "fast-check";
import { expect, test } from "vitest";
import { Seats } from "../src/seats.ts";

test("seats hold who came and has not left, in any order of coming and going", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (moves) => {
      const people = Array.from({ length: 10 }, (_, name) => ({ name, seat: -1 }));
      const seats = new Seats<(typeof people)[number]>();
      const here = new Set<(typeof people)[number]>();
      for (const move of moves) {
        const who = people[move] as (typeof people)[number];
        if (here.delete(who)) seats.leave(who);
        else {
          here.add(who);
          seats.take(who);
        }
        seats.leave({ name: -1, seat: move });
        expect(seats.count).toBe(here.size);
        expect(new Set(seats)).toEqual(here);
      }
    }),
  );
});
