import { createConsola } from "consola";
import type { Logger } from "@sluice/core";
import { diagnose, type Suspects } from "./diagnosis.ts";
import { shortPath } from "./short-path.ts";
import { formatFrame, type Frame } from "./frame.ts";
import { createPaint, wantsColor, type Paint } from "./paint.ts";
import { createRedaction } from "./redaction.ts";

/** Where a command speaks: lines for people, or JSON for programs, never a secret. Problems go to standard error. */
export interface Terminal {
  readonly json: boolean;
  /** Someone sits there and may be asked. */
  readonly interactive: boolean;
  readonly paint: Paint;
  line(text?: string): void;
  /** Part of a line, as it comes. */
  write(text: string): void;
  /** One JSON value on a line of its own. */
  data(value: unknown): void;
  problem(text: string): void;
  frame(frame: Frame): void;
  /** Reports anything thrown, with its place in the project where it has one. */
  thrown(error: unknown, suspects?: Suspects, note?: string): Promise<void>;
  /** Takes the secrets of these variables out of everything that is printed from now on. */
  guard(env: Readonly<Record<string, string | undefined>>): void;
  /** The core's logger. */
  logger: Logger;
}

export interface TerminalOptions {
  json?: boolean | undefined;
  verbose?: boolean | undefined;
  /** Which of several processes speaks; every JSON line says so. */
  worker?: number | undefined;
}

export function createTerminal({ json = false, verbose = false, worker }: TerminalOptions = {}): Terminal {
  const paint = createPaint(wantsColor(process.env, process.stdout.isTTY === true));
  let redact = createRedaction(process.env);
  const problem = (text: string) => void process.stderr.write(`${redact(text)}\n`);
  const own = worker === undefined ? null : { worker };
  const data = (value: unknown) =>
    void process.stdout.write(`${redact(JSON.stringify(own ? Object.assign({}, value, own) : value, plain))}\n`);

  const terminal: Terminal = {
    json,
    interactive: !json && process.stdin.isTTY === true && process.stdout.isTTY === true && !process.env["CI"],
    paint,
    line: (text = "") => void process.stdout.write(`${redact(text)}\n`),
    write: (text) => void process.stdout.write(redact(text)),
    data,
    problem,
    frame(frame) {
      const { stack, place, ...rest } = frame;
      const where = place && { file: shortPath(place.file), line: place.line, column: place.column };
      if (json) data({ type: "error", ...rest, place: where });
      else problem(formatFrame(verbose && stack !== undefined ? frame : { ...rest, place }, paint, shortPath));
    },
    guard: (env) => void (redact = createRedaction(env)),
    async thrown(error, suspects = { config: null, files: [] }, note) {
      // What failed may have read new variables before it did.
      terminal.guard(process.env);
      const frame = await diagnose(error, suspects);
      terminal.frame(note === undefined ? frame : { ...frame, note });
    },
    logger: createLogger(
      json ? 3 : verbose ? 4 : 2,
      (text) => (json ? data({ type: "log", ...JSON.parse(text) }) : problem(text)),
      json,
    ),
  };
  return terminal;
}

/** consola decides what is shown at a level; the sink decides where it goes. */
function createLogger(level: number, sink: (text: string) => void, json: boolean): Logger {
  const consola = createConsola({
    level,
    reporters: [
      {
        log({ type, args }) {
          const [message, fields] = args as [string, Record<string, unknown> | undefined];
          sink(
            json
              ? JSON.stringify({ level: type, message, ...fields }, plain)
              : `${marks[type] ?? "·"} ${message}${fieldList(fields)}`,
          );
        },
      },
    ],
  });
  return {
    debug: (message, fields) => consola.debug(message, fields),
    info: (message, fields) => consola.info(message, fields),
    warn: (message, fields) => consola.warn(message, fields),
    error: (message, fields) => consola.error(message, fields),
  };
}

const marks: Record<string, string> = { error: "✖", warn: "⚠", info: "ℹ" };

function fieldList(fields: Record<string, unknown> = {}): string {
  const shown = Object.entries(fields).map(
    ([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value, plain)}`,
  );
  return shown.length === 0 ? "" : `  ${shown.join(" ")}`;
}

/** JSON of what the core says: amounts are bigints, causes are errors. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
