import fc from "fast-check";
import { expect, test } from "vitest";
import { dataSource, parseDataUrl, toDataUrl } from "../src/media.ts";

test.each([
  ["data:image/png;base64,iVBORw==", { mediaType: "image/png", data: "iVBORw==" }],
  ["data:image/jpg;base64,/9j/", { mediaType: "image/jpeg", data: "/9j/" }],
  ["DATA:image/PNG;name=a.png;base64,iVBO Rw\n==", { mediaType: "image/png", data: "iVBORw==" }],
  ["data:;base64,iVBORw0KGgo=", { mediaType: "image/png", data: "iVBORw0KGgo=" }],
  ["data:;base64,JVBERi0xLjc=", { mediaType: "application/pdf", data: "JVBERi0xLjc=" }],
  ["data:;base64,AAAA", { mediaType: "application/octet-stream", data: "AAAA" }],
  ["data:image/png;base64,iVBORw%3D%3D", { mediaType: "image/png", data: "iVBORw==" }],
  ["data:image/png;base64,-_8", { mediaType: "image/png", data: "+/8=" }],
  ["data:text/plain,hi%20%C3%A4", { mediaType: "text/plain", data: "aGkgw6Q=" }],
])("%s is read", (url, expected) => {
  expect(parseDataUrl(url)).toEqual(expected);
});

test.each([
  "https://a.example/b.png",
  "data:image/png;base64",
  "data:image/png;base64,###",
  "data:text/plain,%zz",
  "data:;base64,A",
])("%s is no data URL", (url) => {
  expect(parseDataUrl(url)).toBeNull();
});

test("what toDataUrl writes is read back", () => {
  fc.assert(
    fc.property(fc.base64String(), (data) => {
      const media = { mediaType: "audio/wav", data };
      expect(parseDataUrl(toDataUrl(media))).toEqual(media);
    }),
  );
});

const content = fc.oneof(
  fc.base64String({ maxLength: 24 }),
  fc
    .array(
      fc.constantFrom("AAAA", "iVBO", "Rw", "=", "==", "-", "_", "+", "/", " ", "\n", "%3D", "%20", "#", "ä", "A"),
      {
        maxLength: 8,
      },
    )
    .map((pieces) => pieces.join("")),
);

/** Every step spelled out, whatever the content looks like. */
function normalised(written: string): string | null {
  const data = decodeURIComponent(written)
    .replaceAll(/\s/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replace(/={1,2}$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(data) || data.length % 4 === 1) return null;
  return data.padEnd(Math.ceil(data.length / 4) * 4, "=");
}

test("base64 comes out normal, or not at all, however it is written", () => {
  fc.assert(
    fc.property(content, (written) => {
      expect(parseDataUrl(`data:image/png;base64,${written}`)?.data ?? null).toBe(normalised(written));
    }),
  );
});

const broken = new Error("broken");

/** What a late reading gives, or the error that it throws. */
function readLate(url: string): unknown {
  const source = dataSource(url, () => broken);
  if (source === null) return broken;
  try {
    return structuredClone(source);
  } catch (error) {
    return error;
  }
}

test("a source that is read late is the source that is read at once", () => {
  const type = fc.constantFrom("image/png", "image/jpg", "", "text/plain");
  fc.assert(
    fc.property(type, fc.constantFrom(";base64", ""), content, (mediaType, coding, written) => {
      const url = `data:${mediaType}${coding},${written}`;
      const media = parseDataUrl(url);
      expect(readLate(url)).toEqual(media === null ? broken : { kind: "data", ...media });
    }),
  );
});

test("a source that is read late is plain data to whoever copies, compares or replaces it", () => {
  const source = dataSource("data:image/png;base64,iVBO Rw", () => new Error("broken"));
  const plain = { kind: "data", mediaType: "image/png", data: "iVBORw==" };
  expect({ ...source }).toStrictEqual(plain);
  expect(JSON.parse(JSON.stringify(source))).toStrictEqual(plain);
  expect(Object.assign(source ?? {}, { data: "AAAA" })).toEqual({ ...plain, data: "AAAA" });
});
