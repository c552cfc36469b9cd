import { Connection } from "./load/connection.ts";
import { requestBytes } from "./request.ts";
import { passThrough, startProbed, startUpstream, toAnthropic, toGemini } from "./subjects.ts";
import { slopeOf } from "./slope.ts";
import { column, table } from "./table.ts";
import type { Kind } from "./upstream/marker.ts";
import { conversation, streamed, workloads } from "./workloads.ts";

/** One kind of traffic: its share, what is sent, and how it should go. */
interface Traffic {
  name: string;
  share: number;
  request: Buffer;
  expected: "answer" | "error" | "abort";
}

interface Reading {
  minutes: number;
  heapMb: number;
  rssMb: number;
  handles: number;
  files: number;
}

const rate = 60;
const readings = 60;
const abortAfterMs = 400;
const restMs = 2_000;

/** A steady mix for a long time, and whether heap, memory and handles stay where they are. */
export async function soak(minutes: number, report: (text: string) => void): Promise<string> {
  const upstream = await startUpstream();
  const running = await startProbed(passThrough, upstream);
  if (running === null) throw new TypeError("a soak is of Node");
  const traffic = mix();
  const counts = new Map<string, { as: number; other: number }>();
  const started = performance.now();
  const until = started + minutes * 60_000;
  const points: Reading[] = [];

  const sending = send(traffic, running.port, until, counts);
  // What only warms up is not a leak: the first tenth is left out.
  await pause(minutes * 6_000);
  while (performance.now() < until) {
    const { heapBytes, handles } = await running.probe();
    const { rssBytes, files } = running.usage();
    const reading = {
      minutes: (performance.now() - started) / 60_000,
      heapMb: megabytes(heapBytes),
      rssMb: megabytes(rssBytes),
      handles,
      files,
    };
    points.push(reading);
    report(
      `    ${reading.minutes.toFixed(1)} min: heap ${reading.heapMb.toFixed(1)} MB, RSS ${reading.rssMb.toFixed(1)} MB, ${handles} handles, ${files} files`,
    );
    await pause(Math.min((minutes * 54_000) / readings, Math.max(0, until - performance.now())));
  }
  await sending;
  await Promise.all([running.stop(), upstream.stop()]);
  return render(points, counts, minutes);
}

function mix(): Traffic[] {
  const chat = (kind: Kind, model = passThrough.model) => requestBytes({ model, messages: conversation(1, 700, kind) });
  const stream = (kind: Kind, model = passThrough.model) => requestBytes(streamed(model, kind));
  const large = workloads.find(({ name }) => name === "chat-32k")?.body(passThrough.model) ?? {};
  return [
    { name: "chat", share: 30, request: chat("chat"), expected: "answer" },
    { name: "32 KB chat", share: 10, request: requestBytes(large), expected: "answer" },
    { name: "stream", share: 20, request: stream("burst"), expected: "answer" },
    { name: "stream to Anthropic", share: 10, request: stream("burst", toAnthropic.model), expected: "answer" },
    { name: "stream to Gemini", share: 10, request: stream("burst", toGemini.model), expected: "answer" },
    { name: "stream left by the client", share: 10, request: stream("paced"), expected: "abort" },
    { name: "upstream refuses (429)", share: 3, request: chat("fault-429"), expected: "error" },
    { name: "upstream fails (500)", share: 3, request: chat("fault-500"), expected: "error" },
    { name: "upstream resets", share: 2, request: chat("fault-reset"), expected: "error" },
    { name: "stream cut by the upstream", share: 2, request: stream("fault-cut"), expected: "answer" },
  ];
}

async function send(
  traffic: readonly Traffic[],
  port: number,
  until: number,
  counts: Map<string, { as: number; other: number }>,
): Promise<void> {
  const deck = traffic.flatMap((kind) => Array.from({ length: kind.share }, () => kind));
  const idle: { connection: Connection; since: number }[] = [];
  const open = new Set<Connection>();
  let index = 0;
  for (let due = performance.now(); due < until; due += 1000 / rate) {
    await pause(Math.max(0, due - performance.now()));
    // A fixed shuffle: 37 and 100 have no common factor.
    const kind = deck[(index++ * 37) % deck.length] as Traffic;
    const rested = idle.pop();
    // Servers close connections that rest for seconds, and may do so just as the next request leaves.
    const isFresh = rested !== undefined && performance.now() - rested.since < restMs;
    const connection = kind.expected !== "abort" && isFresh ? rested.connection : new Connection(port);
    if (rested && connection !== rested.connection) drop(rested.connection);
    open.add(connection);
    const count = counts.get(kind.name) ?? { as: 0, other: 0 };
    counts.set(kind.name, count);
    connection.ask(kind.request, {}, ({ status, failure }) => {
      const asExpected =
        kind.expected === "answer" ? status === 200 && failure === null : kind.expected === "error" && status >= 400;
      count[asExpected ? "as" : "other"]++;
      idle.push({ connection, since: performance.now() });
    });
    if (kind.expected === "abort") {
      setTimeout(() => {
        count.as++;
        connection.close();
        open.delete(connection);
      }, abortAfterMs);
    }
  }
  await pause(1000);
  for (const connection of open) connection.close();

  function drop(connection: Connection): void {
    connection.close();
    open.delete(connection);
  }
}

function render(
  points: readonly Reading[],
  counts: ReadonlyMap<string, { as: number; other: number }>,
  minutes: number,
): string {
  const kinds = [...counts].map(([name, { as, other }]) => [name, String(as), String(other)]);
  const slopes = (["heapMb", "rssMb", "handles", "files"] as const).map((name) => {
    const slope = slopeOf(points.map((point) => [point.minutes, point[name]] as const));
    const values = points.map((point) => point[name]);
    return [
      name,
      Math.min(...values).toFixed(1),
      Math.max(...values).toFixed(1),
      column(`${(slope * 60).toFixed(2)}`, 8),
    ];
  });
  return [
    `${minutes} minutes at ${rate} requests a second, ${points.length} readings after a collection each.`,
    "",
    table(["traffic", "as expected", "otherwise"], kinds),
    "",
    table(["figure", "least", "most", "slope per hour"], slopes),
  ].join("\n");
}

function megabytes(bytes: number): number {
  return bytes / 1024 / 1024;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
