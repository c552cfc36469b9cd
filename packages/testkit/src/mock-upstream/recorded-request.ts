import type { JsonObject } from "@sluice/core";
import type { Fault } from "./faults.ts";
import type { Vendor, VendorCall } from "./vendor.ts";

/** How a request ended: answered as planned, left by the client, or broken by its fault. */
export type Ending = "answered" | "aborted" | "broken";

/** One request as it arrived, and what became of it. Times are milliseconds since the upstream was created. */
export interface RecordedRequest extends Omit<VendorCall, "query"> {
  /** 0, 1, 2… in order of arrival. */
  readonly index: number;
  readonly url: string;
  /** The parsed body, or undefined when it is no JSON. */
  readonly json: unknown;
  /** Null for paths that belong to no vendor. */
  readonly dialect: Vendor["dialect"] | null;
  readonly model: string;
  readonly fault: Fault | null;
  readonly at: number;
  /** What the vendor answered, as one body even if it was streamed; null where it did not come to that. */
  reply: JsonObject | null;
  /** The status that was sent, or null while there is none. */
  status: number | null;
  /** Content events that have left. */
  eventsSent: number;
  /** Whether the client left before the answer was complete, and when that was seen. */
  aborted: boolean;
  abortedAt: number | null;
  /** Settles when nothing more will be sent. */
  readonly ended: Promise<Ending>;
}

/** The same as plain JSON, for other processes. */
export function requestJson(request: RecordedRequest): Record<string, unknown> {
  const { ended: _ended, body, ...rest } = request;
  return { ...rest, bodyBase64: Buffer.from(body).toString("base64") };
}
