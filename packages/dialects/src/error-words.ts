import { isObject, stringOf } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";

/** What could be read of an error, whatever its shape. */
export interface ErrorWords {
  message?: string;
  code?: string;
  type?: string;
  param?: string;
  /** A number in place of a code is a status. */
  status?: number;
}

/** The longest message that is kept. */
export const longestMessage = 2_000;

/** The object that says what went wrong: itself, its `error`, or the first of a list. */
export function errorObject(body: unknown): JsonObject {
  if (Array.isArray(body)) return errorObject(body[0]);
  if (!isObject(body)) return {};
  const error = body["error"] ?? body["errors"];
  return isObject(error) || Array.isArray(error) ? errorObject(error) : body;
}

/** Reads an error body: a vendor's own, another's, a plain string, a list, a page of HTML. */
export function errorWords(body: unknown): ErrorWords {
  if (typeof body === "string") return { message: plainText(body) };
  if (Array.isArray(body)) return body.length > 0 ? errorWords(body[0]) : {};
  if (!isObject(body)) return {};
  const { error } = body;
  if (isObject(error)) return { ...wordsOfObject(body), ...wordsOfObject(error) };
  if (typeof error === "string") return { ...wordsOfObject(body), message: error };
  return wordsOfObject(body);
}

function wordsOfObject(error: JsonObject): ErrorWords {
  const message = messageOf(error.message) ?? messageOf(error.detail) ?? messageOf(error.errors) ?? stringOf(error.msg);
  const code = stringOf(error.code);
  const number = typeof error.code === "number" ? error.code : error.status;
  const words: ErrorWords = {};
  if (message !== undefined) words.message = message;
  if (code !== undefined) words.code = code;
  if (typeof error.type === "string") words.type = error.type;
  if (typeof error.param === "string") words.param = error.param;
  if (typeof number === "number" && number >= 400 && number < 600) words.status = number;
  return words;
}

/** A message, a list of messages, or a validator's list of problems with their places. */
function messageOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (isObject(value)) return messageOf(value.message) ?? messageOf(value.msg) ?? messageOf(value.detail);
  if (!Array.isArray(value)) return undefined;
  const lines = value.slice(0, 8).map((item) => {
    const place = isObject(item) && Array.isArray(item.loc) ? item.loc.filter(isWord).join(".") : "";
    return [place, messageOf(item) ?? ""].filter((words) => words !== "").join(": ");
  });
  return lines.filter((line) => line !== "").join("; ") || undefined;
}

function isWord(value: Json): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function plainText(body: string): string {
  const text = body.trim();
  if (text === "") return "an empty body";
  return /^<(!doctype|html|\?xml)/i.test(text) ? "an HTML page instead of an answer" : text;
}
