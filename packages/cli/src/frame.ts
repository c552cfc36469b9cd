import type { Paint } from "./paint.ts";

/** Lines count from 1, columns from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
  /** Characters to underline. @default 1 */
  length?: number;
  /** The whole text of the file. */
  text: string;
}

/** One error as people see it: the code, the cause, where, the fix. */
export interface Frame {
  code: string | null;
  message: string;
  hint: string | null;
  place: Place | null;
  /** What follows from it, e.g. which config still serves. */
  note?: string;
  stack?: string;
}

/** Writes a frame; `shorten` makes file names readable. */
export function formatFrame(frame: Frame, paint: Paint, shorten: (file: string) => string = (file) => file): string {
  const { code, message, hint, place, note, stack } = frame;
  const where = place === null ? "" : `      ${paint.cyan(placeName(place, shorten))}`;
  const lines = [`${paint.red("✖")} ${code === null ? "" : `${paint.bold(code)}  `}${message}${where}`];
  if (place !== null) lines.push(...excerpt(place, paint));
  if (hint !== null) lines.push(`  ${hint}`);
  if (note !== undefined) lines.push(`  ${note}`);
  if (stack !== undefined) lines.push(...stack.split("\n").map((line) => paint.dim(`  ${line.trim()}`)));
  return lines.join("\n");
}

export function placeName({ file, line, column }: Place, shorten: (file: string) => string): string {
  return `${shorten(file)}:${line}:${column}`;
}

/** The line before, the line itself, and a caret below what is meant. */
function excerpt({ text, line, column, length = 1 }: Place, paint: Paint): string[] {
  const source = text.split("\n");
  const current = source[line - 1];
  if (current === undefined) return [];

  const width = String(line).length;
  const shown: string[] = [];
  const before = source[line - 2];
  if (before !== undefined && before.trim() !== "") {
    shown.push(paint.dim(`   ${String(line - 1).padStart(width)} │ ${clean(before)}`));
  }
  shown.push(` ${paint.red("❯")} ${line} │ ${clean(current)}`);
  const carets = "^".repeat(Math.max(1, Math.min(length, current.length - column + 1)));
  shown.push(`   ${" ".repeat(width)} │ ${" ".repeat(column - 1)}${paint.red(carets)}`);
  return shown;
}

/** Tabs take one column, so that carets stand right. */
function clean(line: string): string {
  return line.replaceAll("\t", " ").replace(/\r$/, "");
}
