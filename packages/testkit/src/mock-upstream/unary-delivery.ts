import { gzipSync } from "node:zlib";
import { lateError, planBody, slowly, writeOf } from "./move.ts";
import type { Delivery, Move } from "./move.ts";
import { ruled } from "./faults.ts";

/** Plans a JSON answer. Faults that count events happen in the middle of its body. */
export function planUnary({ vendor, answer, fault, headers, options }: Delivery): Move[] {
  const reply = { ...answer.json };
  if (fault?.type === "missing-usage") for (const field of ["usage", "usageMetadata"]) delete reply[field];
  if (fault?.type === "oversized-event") reply["padding"] = "x".repeat(fault.bytes);
  const json = JSON.stringify(reply);
  const head: Move = { type: "head", status: 200, headers: { ...headers, "content-type": "application/json" } };
  const half = [head, writeOf(Buffer.from(json.slice(0, json.length / 2)))];
  const faulty = ruled<Move[]>(
    {
      silence: () => [head, { type: "hang" }],
      reset: () => [...half, { type: "reset" }],
      stall: () => [...half, { type: "hang" }],
      cut: () => [...half, { type: "end" }],
      "malformed-event": () => [...half, { type: "end" }],
      "error-event": (late) =>
        planBody(200, headers, JSON.stringify(vendor.errorBody(lateError(late), options.requestId))),
      "content-type": ({ value }) => planBody(200, headers, json, value),
      trickle: (pace) => [head, ...slowly(Buffer.from(json), pace), { type: "end" }],
      gzip: () => [
        { ...head, headers: { ...head.headers, "content-encoding": "gzip" } },
        writeOf(gzipSync(json)),
        { type: "end" },
      ],
    },
    fault,
  );
  return faulty ?? planBody(200, headers, json);
}
