import { bytesOf, type Timers, type Transport, TransportError } from "@sluice/core";
import type { Personality } from "./personality.ts";
import { UpstreamCall } from "./upstream-call.ts";

/** What the world saw of one call to an upstream. */
export interface RecordedCall {
  origin: string;
  url: string;
  body: string;
  /** Names of the credential and of every header; values are nobody's business here. */
  credential: string | null;
  headerNames: string[];
  /** Every act of the upstream so far, e.g. `head 200`, `bytes 12`, `end`, `cancelled`. */
  acts: string[];
  /** Whether it neither ended, broke nor was cancelled. */
  open: boolean;
}

export interface VirtualTransportOptions {
  /** By origin, e.g. `https://api.openai.com`. */
  upstreams: ReadonlyMap<string, Personality>;
  timers: Timers;
  random: () => number;
  note: (what: string) => void;
}

export interface VirtualTransport extends Transport {
  calls: RecordedCall[];
}

/** A transport whose upstreams are personalities. An origin without one refuses the connection. */
export function createVirtualTransport({ upstreams, timers, random, note }: VirtualTransportOptions): VirtualTransport {
  const calls: RecordedCall[] = [];
  let closed = false;

  return {
    calls,
    async send(request) {
      request.credential?.headersFor(request.url);
      if (closed) throw new TransportError("refused", "The transport is closed.");
      if (request.signal.aborted) throw new TransportError("connect", "The call was cancelled.", request.signal.reason);

      const { origin } = new URL(request.url);
      const personality = upstreams.get(origin);
      const nth = calls.filter((call) => call.origin === origin).length;
      const label = `${origin} #${nth}`;
      const record: RecordedCall = {
        origin,
        url: request.url,
        body: new TextDecoder().decode(bytesOf(request.body)),
        credential: request.credential?.name ?? null,
        headerNames: Object.keys(request.headers),
        acts: [],
        open: personality !== undefined,
      };
      calls.push(record);
      note(`${label} ${request.method} ${request.url} ${record.body.length}`);
      if (personality === undefined) throw new TransportError("connect", "Simulated: nobody listens.");

      const onAct = (what: string) => {
        record.acts.push(what);
        record.open = /^(head|bytes) /.test(what);
        note(`${label} ${what}`);
      };
      const { method, url, headers, credential, connectTimeoutMs, signal, isForeign } = request;
      const body = request.body === null ? null : bytesOf(request.body);
      const call = { method, url, headers, credential, connectTimeoutMs, signal, body };
      const seen = isForeign ? { ...call, isForeign } : call;
      return new UpstreamCall(request, personality({ request: seen, nth, random }), { timers, note: onAct }).answer;
    },
    async close() {
      closed = true;
    },
  };
}
