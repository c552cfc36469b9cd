import { defineLate, errors, isLate } from "@sluice/core";
import type { ChatRequest, ClientCall, JsonObject, OutputFormat, Sampling } from "@sluice/core";
import { fromOpenApi } from "../schema/index.ts";
import { decodeContents, decodeSystem } from "./decode-contents.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { Fields, snake } from "./fields.ts";
import { defined } from "../members.ts";
import { actionOf, modelOf, wantsEvents } from "./routes.ts";
import { decodeThinking } from "./thinking.ts";

const names = [
  "model",
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "safetySettings",
  "generationConfig",
  "cachedContent",
  "labels",
  "serviceTier",
  "store",
];

/** Top-level fields, in both spellings. */
export const fields: ReadonlySet<string> = new Set(names.flatMap((name) => [name, snake(name)]));

/** How the client wants its answer: `sse`, or one JSON `array`. Read by the encoders alone. */
export interface Preferences {
  stream: "sse" | "array";
  /** What the answer may be made of, and how it sounds, as the client said it. */
  answer: JsonObject;
}

export function decodeRequest(body: JsonObject, call: ClientCall): ChatRequest {
  const top = new Fields(body);
  const config = top.object("generationConfig") ?? new Fields({}, "generationConfig");
  const { tools, providerTools } = decodeTools(top.objects("tools") ?? []);
  const choice = decodeToolChoice(top.object("toolConfig"));
  const prefers: Preferences = { stream: wantsEvents(call) ? "sse" : "array", answer: answerWishes(config) };
  // The path names the model; in the body it says nothing new.
  top.raw("model");
  const request = defined({
    operation: "chat" as const,
    model: modelOf(call),
    stream: actionOf(call) === "streamGenerateContent",
    tools: choice.validated ? tools?.map((tool) => ({ ...tool, strict: true })) : tools,
    providerTools,
    toolChoice: choice.toolChoice,
    sampling: decodeSampling(config),
    output: decodeOutput(config),
    ...decodeModalities(config),
    reasoning: decodeThinking(config.object("thinkingConfig")),
    serviceTier: top.string("serviceTier"),
    // It holds what the question is about.
    nativeField: top.has("cachedContent") ? "cachedContent" : undefined,
  });
  if (request.model === "") throw errors.REQUEST_INVALID("model", "is missing in the path");
  top.leave("contents");
  top.leave("systemInstruction");
  const leftovers = defined({ generationConfig: filled(config.rest()), toolConfig: filled(choice.rest) });
  const rest = { ...top.rest(), ...leftovers };
  const asked: Omit<ChatRequest, "messages"> = {
    ...request,
    origin: { dialect: "gemini", rest, prefers: { ...prefers } },
  };
  // A history that nobody has parsed yet is decoded for whoever asks for it: on the byte path, for nobody.
  if (isLate(body, "contents")) {
    defineLate(asked, "messages", () => messagesOf(top));
    return asked as ChatRequest;
  }
  return Object.assign(asked, { messages: messagesOf(top) });
}

function messagesOf(top: Fields): ChatRequest["messages"] {
  return [...decodeSystem(top.object("systemInstruction")), ...decodeContents(top.objects("contents"))];
}

function decodeSampling(config: Fields): Sampling {
  return defined({
    temperature: config.number("temperature"),
    topP: config.number("topP"),
    topK: config.number("topK"),
    maxTokens: config.integer("maxOutputTokens"),
    n: config.integer("candidateCount"),
    stop: config.strings("stopSequences"),
    seed: config.integer("seed"),
    presencePenalty: config.number("presencePenalty"),
    frequencyPenalty: config.number("frequencyPenalty"),
    logprobs: config.boolean("responseLogprobs"),
    topLogprobs: config.integer("logprobs"),
  });
}

/** Gemini always keeps to a schema, so it is strict for others too. */
function decodeOutput(config: Fields): OutputFormat | undefined {
  const type = config.peek("responseMimeType");
  if (type !== undefined && type !== null && typeof type !== "string") {
    throw config.invalid("responseMimeType", "must be a string");
  }
  // Other types, such as `text/x.enum`, mean something to this vendor alone and stay in `rest`.
  if (typeof type === "string" && type !== "application/json" && type !== "text/plain") return undefined;
  config.raw("responseMimeType");
  const json = config.json("responseJsonSchema") ?? config.json("_responseJsonSchema");
  const openApi = config.json("responseSchema");
  const schema = json ?? (openApi === undefined ? undefined : fromOpenApi(openApi));
  if (schema !== undefined) return { type: "schema", name: "response", schema, strict: true };
  return type === "application/json" ? { type: "json" } : undefined;
}

function answerWishes(config: Fields): JsonObject {
  return defined({ responseModalities: config.raw("responseModalities"), speechConfig: config.raw("speechConfig") });
}

function decodeModalities(config: Fields): Pick<ChatRequest, "modalities" | "speech"> {
  const asked = config.strings("responseModalities")?.map((word) => word.toLowerCase());
  const voice = config
    .object("speechConfig")
    ?.object("voiceConfig")
    ?.object("prebuiltVoiceConfig")
    ?.string("voiceName");
  return defined({
    modalities: asked?.filter((word) => word === "text" || word === "image" || word === "audio"),
    // Sound is raw samples on this wire.
    speech: asked?.includes("audio") ? defined({ voice, format: "pcm16" }) : undefined,
  });
}

function filled(members: JsonObject): JsonObject | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}
