import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonObject, Quirks, StreamEvent } from "@sluice/core";

/** Where a fixture's facts come from: its first line, which is no part of the wire. */
export interface RecordingSource {
  url: string;
  /** `YYYY-MM-DD`. */
  read: string;
  what: string;
  model: string;
  origin: string;
}

/**
 * One answer or request in a vendor's wire format, from the files of one name: `text.sse` (`text.json` where it is no SSE) the
 * stream, `text.reply.json` the same answer whole, `text.events.json` the canonical events of the stream,
 * `text.request.json` a request.
 */
export interface Recording {
  name: string;
  source: RecordingSource;
  stream: Uint8Array | null;
  reply: JsonObject | null;
  request: JsonObject | null;
  events: StreamEvent[] | null;
  /** What the target must be like for the answer to be read. */
  quirks: Quirks;
  stateDomain: string | null;
}

const fixtures = fileURLToPath(new URL("../../dialects/fixtures/", import.meta.url));

/**
 * Reads every fixture of a dialect: by its name those of this repository, or those of your own folder. Throws when there
 * is none, so that no suite passes on nothing.
 */
export function recordings(dialect: string, folder: string = `${fixtures}${dialect}`): Recording[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = new Set(files.map((file) => file.slice(0, file.indexOf("."))));
  if (names.size === 0) throw new Error(`There are no fixtures in ${folder}.`);
  return [...names].toSorted().map((name) => recording(folder, name, files));
}

interface Expected {
  quirks?: Quirks;
  stateDomain?: string;
  events: StreamEvent[];
}

function recording(folder: string, name: string, files: readonly string[]): Recording {
  const read = (ending: string) => (files.includes(name + ending) ? fixture(`${folder}/${name}${ending}`) : null);
  const parsed = <T>(ending: string) => {
    const file = read(ending);
    return file === null ? null : (JSON.parse(new TextDecoder().decode(file.bytes)) as T);
  };
  const stream = read(".sse") ?? read(".json");
  const any = stream ?? read(".reply.json") ?? read(".request.json") ?? read(".events.json");
  const expected = parsed<Expected>(".events.json");
  if (any === null) throw new Error(`${folder}/${name}: no file has a known ending.`);
  return {
    name,
    source: any.source,
    stream: stream?.bytes ?? null,
    reply: parsed(".reply.json"),
    request: parsed(".request.json"),
    events: expected?.events ?? null,
    quirks: expected?.quirks ?? {},
    stateDomain: expected?.stateDomain ?? null,
  };
}

function fixture(path: string): { source: RecordingSource; bytes: Uint8Array } {
  const file = new Uint8Array(readFileSync(path));
  const end = file.indexOf(10);
  const line = new TextDecoder().decode(file.subarray(0, end));
  const [url = "", read = "", what = "", model = "", origin = ""] = line
    .slice(1)
    .split("|")
    .map((field) => field.trim());
  const dated = /^read \d{4}-\d{2}-\d{2}$/.test(read);
  if (!line.startsWith("#") || !dated || !/^(written|recorded)$/.test(origin)) {
    throw new Error(
      `${path}: the first line must be "# <url> | read YYYY-MM-DD | <what> | <model> | written or recorded".`,
    );
  }
  return { source: { url, read: read.slice(5), what, model, origin }, bytes: file.subarray(end + 1) };
}
