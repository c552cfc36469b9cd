import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeJobId, encodeJobId } from "../src/index.ts";

const segment = fc
  .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((text) => !/[/\p{Cc}]|^\.+$/u.test(text));
const model = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const job = fc.stringMatching(/^[A-Za-z0-9_.:@=+~,-]{1,40}$/).filter((text) => !/^\.+$/.test(text));

test("whatever a model may be called, and however its vendor names a job, the id leads back to it", () => {
  fc.assert(
    fc.property(model, job, (name, id) => {
      const place = { channel: "a", model: name, job: id };
      expect(decodeJobId(encodeJobId(place))).toEqual(place);
    }),
  );
});

test.each([
  "..",
  "a/..",
  "../models",
  "a/./b",
  "a//b",
  "/a",
  "a/",
  "",
  ".",
  "a\\..\\b",
  "a?b",
  "a#b",
  "a%2fb",
  "a b",
  "a\r\nx: y",
  "a\0",
])("the job %j is nobody's", (name) =>
  expect(decodeJobId(encodeJobId({ channel: "a", model: "m", job: name }))).toBeNull(),
);

test.each(["..", "a/..", "", "a//b", "a\nb"])("the model %j is nobody's", (name) => {
  expect(decodeJobId(encodeJobId({ channel: "a", model: name, job: "j" }))).toBeNull();
});
