import type { JsonObject } from "@sluice/core";
import { documentFor } from "./document.ts";
import { isRecord } from "./fields.ts";
import type { Medium, OfferedTool, Prompt } from "./prompt.ts";
import { tokensOf } from "./tokens.ts";

export interface AnswerCall {
  name: string;
  arguments: JsonObject;
}

/** What the pretend model says, in no vendor's words. Counts are tokens; thinking is inside `output`. */
export interface Answer {
  thinking: string | null;
  text: string;
  calls: AnswerCall[];
  refusal: string | null;
  finish: "stop" | "stop-sequence" | "length" | "calls" | "refusal" | "filter" | "prompt-blocked";
  stopSequence: string | null;
  usage: { input: number; cacheRead: number; cacheWrite: number; output: number; thinking: number };
}

/** Words in the last user text that make the pretend model misbehave in a fixed way. */
export const triggers = {
  /** The model refuses, in words where the vendor has them. */
  refuse: "please refuse",
  /** The vendor's filter stops the answer after its first words. */
  filter: "please trip the filter",
  /** The vendor blocks the prompt. */
  block: "please block this prompt",
} as const;

/** The pretend model: the same prompt gets the same answer. */
export function answerTo(prompt: Prompt): Answer {
  const said = say(prompt);
  const cut = said.calls.length > 0 || said.refusal !== null ? said : shorten(said, prompt);
  const thinking = prompt.thinking.on
    ? `The user asks about "${tokensOf(prompt.lastUserText).slice(0, 8).join("")}".`
    : null;
  return { ...cut, thinking, usage: usageOf(prompt, cut, thinking) };
}

type Said = Omit<Answer, "thinking" | "usage">;

const plain: Said = { text: "", calls: [], refusal: null, finish: "stop", stopSequence: null };

function say(prompt: Prompt): Said {
  const text = prompt.lastUserText;
  if (text.includes(triggers.block)) return { ...plain, finish: "prompt-blocked" };
  if (text.includes(triggers.refuse)) return { ...plain, refusal: "I cannot help with that.", finish: "refusal" };
  if (text.includes(triggers.filter)) return { ...plain, text: "This begins well", finish: "filter" };
  if (prompt.results.length > 0) return { ...plain, text: inFormat(prompt, resultsInWords(prompt.results)) };

  const calls = callsFor(prompt);
  if (calls.length > 0) return { ...plain, calls, finish: "calls" };
  return { ...plain, text: inFormat(prompt, [...prompt.media.map(mediumInWords), text].filter(Boolean).join("\n")) };
}

function inFormat(prompt: Prompt, words: string): string {
  if (prompt.output.type === "text") return words;
  if (prompt.output.type === "json") return isObject(words) ? words : JSON.stringify({ answer: words });
  return JSON.stringify(documentFor(prompt.output.schema));
}

function isObject(words: string): boolean {
  try {
    return isRecord(JSON.parse(words));
  } catch {
    return false;
  }
}

function resultsInWords(results: Prompt["results"]): string {
  return results.map((result) => `${result.name} says ${result.text}`).join("; ");
}

function mediumInWords(medium: Medium): string {
  if (medium.url !== null) return `I see ${medium.mediaType ?? "something"} at ${medium.url}.`;
  return `I see ${medium.mediaType ?? "something"} of ${medium.bytes} bytes.`;
}

function callsFor(prompt: Prompt): AnswerCall[] {
  const { mode, names } = prompt.toolChoice;
  const allowed = prompt.tools.filter((tool) => names === null || names.includes(tool.name));
  const tool = allowed.find(({ name }) => /weather/i.test(name)) ?? allowed[0];
  if (mode === "none" || tool === undefined) return [];

  const cities = citiesIn(prompt.lastUserText);
  if (cities.length === 0) return mode === "required" ? [{ name: tool.name, arguments: argumentsFor(tool, null) }] : [];
  const asked = prompt.parallelCalls ? cities : cities.slice(0, 1);
  return asked.map((city) => ({ name: tool.name, arguments: argumentsFor(tool, city) }));
}

/** "weather in Paris and Rome?" → Paris, Rome. */
function citiesIn(text: string): string[] {
  const cities = /weather in ([\p{L}\p{M} ,'-]+)/iu.exec(text)?.[1] ?? "";
  return cities
    .split(/,| and /u)
    .map((city) => city.trim())
    .filter((city) => city !== "");
}

function argumentsFor(tool: OfferedTool, city: string | null): JsonObject {
  if (tool.parameters === null) return {};
  const document = documentFor(tool.parameters);
  const values = (
    typeof document === "object" && document !== null && !Array.isArray(document) ? document : {}
  ) as JsonObject;
  const strings = Object.keys(values).filter((name) => typeof values[name] === "string");
  const place = strings.find((name) => /city|location|place/i.test(name)) ?? strings[0];
  return city !== null && place !== undefined ? { ...values, [place]: city } : values;
}

/** Applies stop sequences, then the token limit. */
function shorten(said: Said, prompt: Prompt): Said {
  const stops = prompt.stop.map((stop) => ({ stop, at: said.text.indexOf(stop) })).filter(({ at }) => at >= 0);
  const first = stops.toSorted((a, b) => a.at - b.at)[0];
  const stopped: Said =
    first === undefined
      ? said
      : { ...said, text: said.text.slice(0, first.at), finish: "stop-sequence", stopSequence: first.stop };
  const tokens = tokensOf(stopped.text);
  if (prompt.maxTokens === null || tokens.length <= prompt.maxTokens) return stopped;
  return { ...said, text: tokens.slice(0, prompt.maxTokens).join(""), finish: "length", stopSequence: null };
}

function usageOf(prompt: Prompt, said: Said, thinking: string | null): Answer["usage"] {
  const input = tokensOf(prompt.reading).length + 3;
  const thought = thinking === null ? 0 : tokensOf(thinking).length;
  const words =
    said.text + (said.refusal ?? "") + said.calls.map((call) => call.name + JSON.stringify(call.arguments)).join("");
  const answers = said.finish === "prompt-blocked" ? 0 : prompt.choices;
  const output = (tokensOf(words).length + thought) * answers;
  const cacheRead = Math.floor(input * prompt.cache.read);
  return { input, cacheRead, cacheWrite: Math.floor(input * prompt.cache.write), output, thinking: thought * answers };
}
