import { checkBurst, checkChat, checkEmbeddings } from "./load/check.ts";
import type { Check } from "./load/check.ts";
import { burstEvents } from "./upstream/texts.ts";
import { markerOf } from "./upstream/marker.ts";
import type { Kind } from "./upstream/marker.ts";

/** One kind of call, as a client of OpenAI's API makes it. */
export interface Workload {
  name: string;
  title: string;
  kind: Kind;
  /** @default /v1/chat/completions */
  path?: string;
  /** The request's body for a model name. */
  body: (model: string) => object;
  check: Check;
  /** Connections that keep a subject busy. */
  connections: number;
  /** Events of one answer, when the cost of one event is the figure. */
  events: number | null;
}

const sentence = "Please summarise the following notes for a colleague who has not been in the meeting. ";

export const workloads: readonly Workload[] = [
  { ...unary("chat-1k", "1 KB chat"), body: (model) => ({ model, messages: conversation(1, 760), temperature: 0.2 }) },
  {
    ...unary("chat-32k", "32 KB chat"),
    body: (model) => ({ model, messages: conversation(20, 780), temperature: 0.2 }),
  },
  {
    ...unary("vision-500k", "500 KB vision"),
    connections: 16,
    body: (model) => ({ model, messages: [{ role: "user", content: [text(), image(500_000)] }] }),
  },
  {
    ...unary("embeddings", "embeddings"),
    kind: "embeddings",
    path: "/v1/embeddings",
    check: checkEmbeddings,
    body: (model) => ({
      model,
      input: `${markerOf("embeddings")} ${sentence.repeat(8)}`,
      encoding_format: "base64",
    }),
  },
  {
    name: "burst",
    title: "stream, 64 events in bursts",
    kind: "burst",
    body: (model) => streamed(model, "burst"),
    check: checkBurst,
    connections: 32,
    events: burstEvents,
  },
];

function unary(name: string, title: string): Omit<Workload, "body"> {
  return { name, title, kind: "chat", check: checkChat, connections: 32, events: null };
}

export function workload(name: string): Workload {
  const found = workloads.find((known) => known.name === name);
  if (!found)
    throw new Error(`There is no workload "${name}". Known: ${workloads.map((known) => known.name).join(", ")}.`);
  return found;
}

/** A stream of the given kind, about 1 KB of request. */
export function streamed(model: string, kind: Kind): object {
  return { model, messages: conversation(1, 700, kind), stream: true, stream_options: { include_usage: true } };
}

export function conversation(turns: number, characters: number, kind: Kind = "chat"): object[] {
  const content = sentence.repeat(Math.ceil(characters / sentence.length)).slice(0, characters);
  return Array.from({ length: turns * 2 - 1 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: index === 0 ? `${markerOf(kind)} ${content}` : content.slice(0, characters - index),
  }));
}

function text(): object {
  return { type: "text", text: `${markerOf("chat")} What is on this picture?` };
}

function image(bytes: number): object {
  // A PNG's first bytes, then bytes that look like any other image's.
  const picture = Buffer.alloc(Math.round((bytes * 3) / 4));
  picture.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  for (let index = 8; index < picture.length; index++) picture[index] = (index * 2654435761) >>> 24;
  return { type: "image_url", image_url: { url: `data:image/png;base64,${picture.toString("base64")}` } };
}
