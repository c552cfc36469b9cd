import type { ChatRequest, JsonObject, Reply, StreamEvent, Warning, WireRest, WithRest } from "@sluice/core";

/** The members of an object that are not among those that its reader gives a meaning to, as `rest`; nothing if there is none. */
export function restOf(object: JsonObject, read: ReadonlySet<string>): WithRest {
  const names = Object.keys(object).filter((name) => !read.has(name) && object[name] !== undefined);
  if (names.length === 0) return {};
  return { rest: Object.fromEntries(names.map((name) => [name, object[name]])) };
}

/** The members of an answer's object that have no meaning here, for a client of the same dialect; nothing for another. */
export function answerRest(
  { origin }: ChatRequest,
  at: Omit<WireRest, "members">,
  object: JsonObject,
  read: ReadonlySet<string>,
): StreamEvent[] {
  if (origin.dialect !== at.format) return [];
  // Another gateway's receipt is not ours to repeat.
  const { sluice: _receipt, ...told } = object;
  const { rest } = restOf(told, read);
  return rest === undefined ? [] : [{ type: "rest", ...at, members: rest }];
}

/** The same of a whole answer, to be written again. */
export function restAt({ rest = [] }: Reply, { choice, format, place }: Omit<WireRest, "members">): JsonObject {
  return rest.find((one) => one.format === format && one.choice === choice && one.place === place)?.members ?? {};
}

/** One warning for each distinct member of messages, parts and tools that only the request's own dialect knows. */
export function lostRest({ messages, tools = [] }: ChatRequest): Warning[] {
  const fields = new Set<string>();
  const note = (place: string, { rest }: WithRest) => {
    // What is null says nothing: some libraries add such members to what they hand back.
    for (const [name, value] of Object.entries(rest ?? {})) if (value !== null) fields.add(`${place}.${name}`);
  };
  for (const message of messages) {
    note("messages", message);
    for (const part of message.parts) {
      if ("rest" in part) note("messages.content", part);
      if (part.type === "tool-result") for (const item of part.content) note("messages.content", item);
    }
  }
  for (const tool of tools) note("tools", tool);
  return [...fields].slice(0, mostFields).map((field) => ({
    code: "dropped_parameter",
    message: `The upstream's dialect has no place for ${field}.`,
    field,
  }));
}

/** A caller who makes names up cannot fill the receipt. */
const mostFields = 16;
