import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDataUrl, toDataUrl } from "../src/media.ts";

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
