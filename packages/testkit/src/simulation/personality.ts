import type { TransportPhase, TransportRequest } from "@sluice/core";

/** One thing that an upstream does, `afterMs` of virtual time after the one before. */
export type Act = { afterMs?: number } & (
  | { do: "head"; status: number; headers?: Readonly<Record<string, string>> }
  | { do: "bytes"; bytes: string | Uint8Array }
  | { do: "end" }
  /** The connection breaks, in the phase that the transport reports. */
  | { do: "break"; phase: TransportPhase }
  | { do: "hang" }
);

export interface SimulatedCall {
  /** Its body is in one piece here. */
  request: Omit<TransportRequest, "body"> & { readonly body: Uint8Array | null };
  /** Calls to this upstream so far, from 0. */
  nth: number;
  random: () => number;
}

/** How an upstream behaves, as wire bytes over virtual time. */
export type Personality = (call: SimulatedCall) => Iterable<Act>;

export interface Pace {
  /** Until the status line. @default 50 */
  headMs?: number;
  /** Between two events. @default 20 */
  eventMs?: number;
}

const eventStream = { "content-type": "text/event-stream" };

/** Writes every event, each a complete frame of the wire, and ends. */
export function streaming(events: readonly string[], { headMs = 50, eventMs = 20 }: Pace = {}): Personality {
  return () => [
    { do: "head", status: 200, headers: eventStream, afterMs: headMs },
    ...events.map((bytes): Act => ({ do: "bytes", bytes, afterMs: eventMs })),
    { do: "end" },
  ];
}

/** As `streaming`, with every pause a hundred times as long. */
export function slow(events: readonly string[]): Personality {
  return streaming(events, { headMs: 5_000, eventMs: 2_000 });
}

/** Answers with one JSON body. */
export function replying(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Personality {
  return () => [
    { do: "head", status, headers: { "content-type": "application/json", ...headers }, afterMs: 50 },
    { do: "bytes", bytes: JSON.stringify(body) },
    { do: "end" },
  ];
}

/** Refuses with an error body, e.g. 429 with `retry-after`, or 500. */
export function refusing(status: number, headers: Readonly<Record<string, string>> = {}): Personality {
  return replying({ error: { message: `refused with ${status}`, type: "simulated" } }, status, headers);
}

/** Accepts the call and never sends a status line. */
export const silentBeforeHeaders: Personality = () => [{ do: "hang" }];

/** Sends a status line and never a byte of the body. */
export const silentAfterHeaders: Personality = () => [
  { do: "head", status: 200, headers: eventStream, afterMs: 50 },
  { do: "hang" },
];

/** Writes the first `count` events, then never anything again. */
export function hangingAfter(count: number, events: readonly string[]): Personality {
  return cutAfter(count, events, { do: "hang" });
}

/** Writes the first `count` events and closes as if that were all. */
export function truncatingAfter(count: number, events: readonly string[]): Personality {
  return cutAfter(count, events, { do: "end" });
}

/** Writes the first `count` events, then the connection is reset. */
export function resettingAfter(count: number, events: readonly string[]): Personality {
  return cutAfter(count, events, { do: "break", phase: "sent" });
}

/** Nobody listens. */
export const unreachable: Personality = () => [{ do: "break", phase: "connect", afterMs: 1 }];

/** A dial that never ends: the transport gives up after the connect timeout of the call. */
export const undiallable: Personality = ({ request }) => [
  { do: "break", phase: "connect-timeout", afterMs: request.connectTimeoutMs },
];

/** The first calls go to the first personalities, all later ones to the last. */
export function inTurn(...personalities: readonly [Personality, ...Personality[]]): Personality {
  return (call) => (personalities[Math.min(call.nth, personalities.length - 1)] as Personality)(call);
}

/** One of them for each call, by the world's seed. */
export function anyOf(...personalities: readonly [Personality, ...Personality[]]): Personality {
  return (call) => (personalities[Math.floor(call.random() * personalities.length)] as Personality)(call);
}

/** The same acts with every pause up to twice as long, by the world's seed: other seeds, other interleavings. */
export function jittered(personality: Personality): Personality {
  return (call) => [...personality(call)].map((act) => ({ ...act, afterMs: (act.afterMs ?? 0) * (1 + call.random()) }));
}

function cutAfter(count: number, events: readonly string[], last: Act): Personality {
  const whole = streaming(events);
  return (call) => [...[...whole(call)].slice(0, 1 + count), last];
}
