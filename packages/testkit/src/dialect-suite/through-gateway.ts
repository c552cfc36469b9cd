import { createGateway, defineProvider } from "@sluice/core";
import type { AttemptRecord, JsonObject, Quirks, Receipt, StreamEvent } from "@sluice/core";
import type { Act, Personality } from "../simulation/personality.ts";
import { createWorld } from "../simulation/world.ts";
import type { Subject } from "./subject.ts";

/** What a client of the dialect got from a gateway, whose only upstreams speak the same. */
export interface Told {
  status: number;
  body: string;
  /** The body of a stream as the dialect reads it; nothing for an error that is one by its status. */
  events: StreamEvent[];
  receipt: Receipt | undefined;
  /** `a ok` or `b truncated`: who was called, and what became of it. */
  outcomes: string[];
  /** What the first upstream was sent. */
  sent: string;
}

export interface Question {
  /** @default true */
  stream?: boolean;
  /** The body as a client writes it. @default the plainest question */
  body?: JsonObject;
  /** Of the upstreams' vendor. @default {} */
  quirks?: Quirks;
  /** Where the receipt goes. @default "body" */
  receipt?: "body" | "headers";
}

export const eventStream = { "content-type": "text/event-stream" };

/** An upstream that sends this as a stream of events, a piece a write. */
export function sending(pieces: readonly (string | Uint8Array)[]): Personality {
  return () => [
    { do: "head", status: 200, headers: eventStream, afterMs: 5 },
    ...pieces.map((bytes): Act => ({ do: "bytes", bytes, afterMs: 1 })),
    { do: "end" },
  ];
}

/** An upstream that answers with this body. */
export function replying(body: string, type = "application/json"): Personality {
  return () => [
    { do: "head", status: 200, headers: { "content-type": type }, afterMs: 5 },
    { do: "bytes", bytes: body },
    { do: "end" },
  ];
}

/** Asks a gateway whose client and upstreams speak the dialect; upstreams are tried in the order of their names. */
export async function ask(
  subject: Subject,
  upstreams: Readonly<Record<string, Personality>>,
  { stream = true, body, quirks = {}, receipt: place = "body" }: Question = {},
): Promise<Told> {
  const world = createWorld({ seed: 1 });
  const names = Object.keys(upstreams);
  const providers = names.map((id) => {
    world.upstream(`https://${id}.test`, upstreams[id] as Personality);
    return vendor(subject, id, quirks)();
  });
  const gateway = createGateway({ providers, attempts: names.length, receipt: place }, world.ports);
  const settled: Receipt[] = [];
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && settled.push(receipt)));
  const read = async () => {
    const response = await gateway.fetch(questionTo(subject, names, stream, body));
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  const { status, bytes } = await world.run(read());
  const [receipt] = settled;
  return {
    status,
    body: new TextDecoder().decode(bytes),
    events: status === 200 && stream ? await subject.decode(bytes, subject.decodeContext()) : [],
    receipt,
    outcomes: (receipt?.attempts ?? []).map(outcomeOf),
    sent: world.calls[0]?.body ?? "",
  };
}

function outcomeOf({ channel, outcome }: AttemptRecord): string {
  return `${channel} ${outcome}`;
}

function vendor(subject: Subject, id: string, quirks: Quirks) {
  return defineProvider({
    id,
    name: id,
    dialects: [subject.dialect],
    speaks: [subject.dialect.id],
    baseURL: `https://${id}.test/v1`,
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
    quirks,
    stateDomain: subject.domain,
  });
}

function questionTo(subject: Subject, names: readonly string[], stream: boolean, given?: JsonObject): Request {
  const [first = "", ...others] = names.map((name) => `${name}/m`);
  const target = { ...subject.target(), model: first };
  const body = given ?? subject.upstream.encodeRequest({ ...subject.plainRequest, model: first, stream }, target).body;
  const route = subject.client.routes.find(({ method, operation }) => method === "POST" && operation === "chat");
  // A dialect with the model in its path has it in the path of its upstreams too.
  const path = route?.path ?? `/v1beta${subject.upstream.path(target, stream)}`;
  return new Request(`http://gateway.test${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, ...(others.length > 0 ? { fallback: others } : {}) }),
  });
}
