import type { Logger } from "../ports.ts";

const levels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number] | "silent";

export interface LoggerOptions {
  /** Lines below it are dropped. @default "info" */
  level?: LogLevel;
  /** Where lines go. @default the runtime's console */
  console?: Pick<Console, (typeof levels)[number]>;
}

/** Writes one plain line for each entry: `warn message key=value`. */
export function createConsoleLogger({ level = "info", console = globalThis.console }: LoggerOptions = {}): Logger {
  const lowest = level === "silent" ? levels.length : levels.indexOf(level);
  const writer = (index: number) => {
    const name = levels[index] ?? "error";
    if (index < lowest) return () => {};
    return (message: string, fields: Record<string, unknown> = {}) => console[name](toLine(name, message, fields));
  };
  return { debug: writer(0), info: writer(1), warn: writer(2), error: writer(3) };
}

function toLine(level: string, message: string, fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${toText(value)}`);
  return `${level} ${message}${pairs.join("")}`.replaceAll(/\p{Cc}/gu, " ");
}

/** Scalars and errors only: an object could carry a header, a key or a prompt that nobody meant to log. */
function toText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(`${value.name}: ${value.message}`);
  if (Array.isArray(value)) return `[${value.map(toText).join(", ")}]`;
  if (typeof value === "object" && value !== null) return "[object]";
  if (typeof value === "string") return JSON.stringify(value);
  return String(value);
}
