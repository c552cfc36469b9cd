import { errors } from "@sluice/core";
import type { Message, Part, Quirks, TextPart, ToolResultPart, Warning } from "@sluice/core";

/**
 * What one side says until the other speaks. Tool results are inside user turns, first, in call order. System turns are
 * there only where they were asked to stay.
 */
export interface Turn {
  role: "user" | "assistant" | "system";
  parts: Part[];
}

/**
 * A conversation as dialects with alternating turns want it: leading system text apart, neighbours of one role joined,
 * later system messages as tagged text where they stood, or as `laterSystem` says; blank text gone.
 *
 * Throws `SLUICE_REQUEST_INVALID` when nothing is left of the last user message.
 */
export function toTurns(
  messages: readonly Message[],
  warn: (warning: Warning) => void,
  laterSystem: NonNullable<Quirks["laterSystem"]> = "tag",
): { system: TextPart[]; turns: Turn[] } {
  const start = messages.findIndex((message) => message.role !== "system");
  const system = messages.slice(0, start === -1 ? undefined : start).flatMap((message) => systemText(message, warn));
  const spoken = start === -1 ? [] : withNames(messages.slice(start), warn);
  refuseEmptyQuestion(spoken);

  const turns: Turn[] = [];
  for (const message of spoken) {
    if (message.role === "system" && laterSystem !== "tag") {
      const texts = systemText(message, warn);
      if (laterSystem === "hoist") system.push(...texts);
      else if (texts.length > 0) addToTurn(turns, "system", texts);
      continue;
    }
    const parts = spokenParts(message, warn);
    if (parts.length > 0) addToTurn(turns, message.role === "assistant" ? "assistant" : "user", parts);
  }
  orderResults(turns);
  if (turns.length === 0 && system.length > 0) return { system: [], turns: [systemAsQuestion(system, warn)] };
  return { system, turns };
}

/** Call id → tool name, from the history. */
export function callNames(messages: readonly Message[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const message of messages) {
    for (const part of message.parts) if (part.type === "tool-call") names.set(part.id, part.name);
  }
  return names;
}

function addToTurn(turns: Turn[], role: Turn["role"], parts: Part[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else turns.push({ role, parts: [...parts] });
}

function spokenParts(message: Message, warn: (warning: Warning) => void): Part[] {
  if (message.role !== "system") return message.parts.filter((part) => !isBlank(part));
  return systemText(message, warn).map((part) => ({ ...part, text: `<system>${part.text}</system>` }));
}

function systemText(message: Message, warn: (warning: Warning) => void): TextPart[] {
  const texts = message.parts.filter((part) => part.type === "text");
  if (texts.length < message.parts.length) {
    warn({ code: "dropped_part", message: "Only text can be in a system message here.", field: "messages" });
  }
  return texts.filter((part) => !isBlank(part));
}

function isBlank(part: Part): boolean {
  return part.type === "text" && part.text.trim() === "";
}

function refuseEmptyQuestion(messages: readonly Message[]): void {
  const last = messages.findLast((message) => message.role === "user");
  if (last?.parts.every(isBlank)) throw errors.REQUEST_INVALID("messages", "the last user message has no content");
}

/** Names exist in one dialect alone; they matter only where they tell several speakers apart. */
function withNames(messages: readonly Message[], warn: (warning: Warning) => void): readonly Message[] {
  const names = new Set(messages.flatMap(({ name, role }) => (name === undefined || role === "tool" ? [] : [name])));
  if (names.size === 0) return messages;
  if (names.size > 1) return messages.map(prefixName);
  warn({ code: "dropped_parameter", message: "The only speaker's name was left out.", field: "messages[].name" });
  return messages;
}

function prefixName(message: Message): Message {
  const first = message.parts.findIndex((part) => part.type === "text");
  if (message.name === undefined || first === -1) return message;
  const parts = message.parts.map((part, index) =>
    index === first && part.type === "text" ? { ...part, text: `${message.name}: ${part.text}` } : part,
  );
  return { ...message, parts };
}

function orderResults(turns: Turn[]): void {
  const order = new Map<string, number>();
  for (const turn of turns) {
    for (const part of turn.parts) if (part.type === "tool-call") order.set(part.id, order.size);
    const isResult = (part: Part): part is ToolResultPart => part.type === "tool-result";
    const results = turn.parts.filter(isResult);
    if (results.length === 0) continue;
    const place = (part: ToolResultPart) => order.get(part.callId) ?? order.size;
    turn.parts = [
      ...results.toSorted((one, other) => place(one) - place(other)),
      ...turn.parts.filter((part) => !isResult(part)),
    ];
  }
}

/** A conversation needs a first turn; instructions alone are one. */
function systemAsQuestion(system: TextPart[], warn: (warning: Warning) => void): Turn {
  warn({
    code: "system_as_user",
    message: "There was only system text; it was sent as the user's.",
    field: "messages",
  });
  return { role: "user", parts: system };
}
