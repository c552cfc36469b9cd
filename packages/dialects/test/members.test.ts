import fc from "fast-check";
import { expect, test } from "vitest";
import { defined } from "../src/members.ts";

const name = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("__proto__", "constructor", "1", "0"));
const members = fc.dictionary(name, fc.option(fc.anything({ maxDepth: 1 }), { nil: undefined }));

test("what is defined stays, in its order, whatever it is called; what is undefined goes", () => {
  fc.assert(
    fc.property(members, (object) => {
      const entries = Object.entries(object).filter(([, value]) => value !== undefined);
      const kept = defined(object);
      expect(Object.entries(kept)).toEqual(entries);
      expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    }),
  );
});
