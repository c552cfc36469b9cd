import { ruled } from "./faults.ts";
import { planBody, slowly, writeOf } from "./move.ts";
import type { Delivery, Move } from "./move.ts";
import { planStream } from "./stream-delivery.ts";
import { planUnary } from "./unary-delivery.ts";
import { VendorError } from "./vendor-error.ts";

const html = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>";

/** Plans the answer to a request. */
export function planAnswer(delivery: Delivery): Move[] {
  const { vendor, answer, fault, headers, options } = delivery;
  const odd = ruled<Move[] | undefined>(
    {
      html: () => planBody(200, headers, html, "text/html; charset=utf-8"),
      empty: () => planBody(200, headers, ""),
      "error-200": ({ status = 500 }) => {
        const error = new VendorError(status, "The service failed although it says 200.");
        return planBody(200, headers, JSON.stringify(vendor.errorBody(error, options.requestId)));
      },
      redirect: ({ status = 307, location }) => planBody(status, { ...headers, location }, ""),
      trickle: ({ headers: inHeaders, everyMs }) => (inHeaders === true ? [{ type: "slow-head", everyMs }] : undefined),
    },
    fault,
  );
  if (odd !== undefined) return odd;
  if (answer.type === "bytes") return planBytes(delivery, answer.bytes, answer.mediaType);
  const isStream = answer.type === "events" && fault?.type !== "json-reply";
  const moves = isStream ? planStream(delivery, answer) : planUnary(delivery);
  return fault?.type === "delay" ? [{ type: "wait", ms: fault.headersMs ?? 0 }, ...moves] : moves;
}

/** Bytes whole, or as a fault leaves them. */
function planBytes({ fault, headers }: Delivery, bytes: Uint8Array, mediaType: string): Move[] {
  const whole = planBody(200, headers, bytes, mediaType);
  const [head] = whole as [Move];
  const half = [head, writeOf(bytes.subarray(0, bytes.length / 2))];
  const faulty = ruled<Move[]>(
    {
      silence: () => [head, { type: "hang" }],
      reset: () => [...half, { type: "reset" }],
      stall: () => [...half, { type: "hang" }],
      delay: ({ headersMs = 0 }) => [{ type: "wait", ms: headersMs }, ...whole],
      trickle: (pace) => [head, ...slowly(bytes, pace), { type: "end" }],
    },
    fault,
  );
  return faulty ?? whole;
}
