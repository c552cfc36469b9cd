import { expect, test } from "vitest";
import { retryAfterMs } from "../src/retry-after.ts";

test.for([
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "0.25" }, 250],
  [{ "retry-after-ms": "1500", "retry-after": "9" }, 1500],
  [{ "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", date: "Fri, 20 Nov 2026 10:00:00 GMT" }, 30_000],
  [{ "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT", date: "Fri, 20 Nov 2026 10:00:00 GMT" }, 0],
  [{ "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT" }, undefined],
  [{ "retry-after": "soon" }, undefined],
  [{}, undefined],
] as const)("reads %j as %s ms", ([headers, wait]) => {
  expect(retryAfterMs(new Map(Object.entries(headers)))).toBe(wait);
});
