import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { isGatewayError, type GatewayError } from "@sluice/core";
import { errors } from "./errors.ts";
import type { Frame, Place } from "./frame.ts";

export interface Suspects {
  /** The config file, where it is known. */
  config: string | null;
  /** Local files that were read for it. */
  files: readonly string[];
}

/** Turns anything thrown while a project was read or its gateway built into a frame with a place in the source. */
export async function diagnose(thrown: unknown, { config, files }: Suspects): Promise<Frame> {
  if (isGatewayError(thrown)) return frameOf(thrown, await placeOfVerdict(thrown, config));
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));

  const missing = missingModule(error);
  if (missing)
    return { ...frameOf(errors.CONFIG_MISSING_MODULE(missing.specifier), await placeOfImport(missing, files)) };

  const syntax = await syntaxFrame(error, files);
  if (syntax) return syntax;

  const place = placeInStack(error, files);
  const name = basename(place?.file ?? config ?? "the config");
  return { ...frameOf(errors.CONFIG_THREW(name, error.message), place), stack: error.stack ?? "" };
}

export function frameOf(error: GatewayError, place: Place | null = null): Frame {
  return { code: error.code, message: error.message, hint: error.hint, place };
}

/** A verdict on the config names a path (`models.fast.targets[0]`); else the word that it quotes is looked for. */
async function placeOfVerdict(error: GatewayError, config: string | null): Promise<Place | null> {
  const text = config === null ? null : textOf(config);
  if (config === null || text === null || !error.code.includes("_CONFIG_")) return null;
  const { locateMention, locatePath } = await import("./locate.ts");
  const quoted = [...error.message.matchAll(/"([^"]+)"/g)].map((match) => match[1] as string);
  const named = [error.param, error.message].map((words) => /^(?:the config\.)?([^\s:]+)/.exec(words ?? "")?.[1]);
  for (const path of named) {
    const place = path && locatePath(config, text, path);
    if (place) return preferMention(place, quoted, locateMention(config, text, quoted[0] ?? ""));
  }
  for (const word of quoted) {
    const place = locateMention(config, text, word);
    if (place) return place;
  }
  return null;
}

/** Inside the lines that the path points at, the quoted word itself is the better place. */
function preferMention(place: Place, quoted: readonly string[], mention: Place | null): Place {
  const line = place.text.split("\n")[place.line - 1] ?? "";
  if (mention && mention.line === place.line) return mention;
  const word = quoted.find((candidate) => line.includes(`"${candidate}"`));
  return word === undefined ? place : { ...place, column: line.indexOf(`"${word}"`) + 1, length: word.length + 2 };
}

interface MissingModule {
  specifier: string;
  importer: string | null;
}

function missingModule(error: Error): MissingModule | null {
  if (!("code" in error) || error.code !== "ERR_MODULE_NOT_FOUND") return null;
  const match = /Cannot find (?:package|module) '([^']+)'(?: imported from (.+?))?$/m.exec(error.message);
  return { specifier: match?.[1] ?? "a module", importer: pathOf(match?.[2]) };
}

/** Node names a missing local file by its whole path; the source says it relatively. */
async function placeOfImport({ specifier, importer }: MissingModule, files: readonly string[]): Promise<Place | null> {
  const { locateMention, placeOf } = await import("./locate.ts");
  for (const file of importer === null ? files : [importer]) {
    const text = textOf(file);
    if (text === null) continue;
    const place = locateMention(file, text, specifier);
    if (place) return place;
    const match = new RegExp(`["'][^"'\\n]*${escape(basename(specifier))}["']`).exec(text);
    if (match) return placeOf(file, text, match.index, match.index + match[0].length);
  }
  return null;
}

async function syntaxFrame(error: Error, files: readonly string[]): Promise<Frame | null> {
  const isSyntax = error.name === "SyntaxError" || ("code" in error && /TYPESCRIPT_SYNTAX/.test(String(error.code)));
  if (!isSyntax) return null;
  const { locateSyntaxError } = await import("./locate.ts");
  for (const file of files) {
    const text = /\.[cm]?[jt]s$/.test(file) ? textOf(file) : null;
    const found = text === null ? null : locateSyntaxError(file, text);
    if (found) return frameOf(errors.CONFIG_SYNTAX(found.message), found.place);
  }
  return frameOf(errors.CONFIG_SYNTAX(error.message.trim()), placeInStack(error, files) ?? placeInStack(error, null));
}

/** The first frame of the stack that lies in one of the files; null stands for every file. */
function placeInStack(error: Error, files: readonly string[] | null): Place | null {
  for (const line of (error.stack ?? "").split("\n")) {
    const match = /(file:\/\/[^\s)]+?|\/[^\s)]+?)(?:\?[^:\s]*)?:(\d+)(?::(\d+))?\)?$/.exec(line);
    const file = pathOf(match?.[1]);
    if (!match || file === null || files?.includes(file) === false) continue;
    const text = textOf(file);
    if (text !== null) return { file, line: Number(match[2]), column: Number(match[3] ?? 1), text };
  }
  return null;
}

function pathOf(location: string | undefined): string | null {
  if (location === undefined) return null;
  const plain = location.replace(/\?.*$/, "");
  return plain.startsWith("file:") ? fileURLToPath(plain) : plain;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
