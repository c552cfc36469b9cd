import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  embedMany,
  generateText,
  Output,
  stepCountIs,
  streamText,
  tool,
  type EmbeddingModel,
  type LanguageModel,
} from "ai";
import { cityInput, person, weather, weatherIn, type Framework, type Place } from "./framework.ts";

const apiKey = "sk-any";
const tools = {
  [weather.name]: tool({ description: weather.description, inputSchema: cityInput, execute: weatherIn }),
};

const openai = ({ url }: Place) => createOpenAI({ apiKey, baseURL: `${url}/v1` });
const compatible = ({ url }: Place) =>
  createOpenAICompatible({ name: "sluice", apiKey, baseURL: `${url}/v1`, supportsStructuredOutputs: true });
const anthropic = ({ url }: Place) => createAnthropic({ apiKey, baseURL: `${url}/v1` });
const google = ({ url }: Place) => createGoogle({ apiKey, baseURL: `${url}/v1beta` });

export const aiSdk: readonly Framework[] = [
  {
    ...chat("openai.chat", (place) => openai(place).chat(place.model)),
    embed: embedder((place) => openai(place).textEmbeddingModel(place.model)),
  },
  chat("openai.responses", (place) => openai(place).responses(place.model)),
  // Thinking then travels with the client instead of being named by an id.
  chat("openai.responses, store: false", (place) => openai(place).responses(place.model), {
    always: { openai: { store: false } },
    // It knows by their names which models think, and these have other names.
    thinking: { openai: { reasoningEffort: "high", reasoningSummary: "auto", forceReasoning: true } },
  }),
  {
    ...chat("openai-compatible", (place) => compatible(place)(place.model)),
    embed: embedder((place) => compatible(place).textEmbeddingModel(place.model)),
  },
  chat("anthropic", (place) => anthropic(place)(place.model), {
    thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 2000 } } },
  }),
  {
    ...chat("google", (place) => google(place)(place.model), {
      thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } } },
    }),
    embed: embedder((place) => google(place).textEmbeddingModel(place.model)),
  },
];

type ProviderOptions = Parameters<typeof generateText>[0]["providerOptions"];

interface Extras {
  always?: ProviderOptions;
  /** Beside those, to make a model think. */
  thinking?: ProviderOptions;
}

function chat(name: string, create: (place: Place) => LanguageModel, { always, thinking }: Extras = {}): Framework {
  const options = (place: Place, prompt: string, providerOptions = always) => ({
    model: create(place),
    prompt,
    maxRetries: 0,
    ...(providerOptions === undefined ? {} : { providerOptions }),
  });
  const withTools = async (asked: ReturnType<typeof options>, isStreamed: boolean): Promise<string> => {
    const offered = { ...asked, tools, stopWhen: stepCountIs(3) };
    return isStreamed ? (await piecesOf(offered)).join("") : (await generateText(offered)).text;
  };
  return {
    name: `AI SDK ${name}`,
    text: async (place, question) => (await generateText(options(place, question))).text,
    stream: (place, question) => piecesOf(options(place, question)),
    tools: (place, question, isStreamed) => withTools(options(place, question), isStreamed),
    ...(thinking === undefined
      ? {}
      : {
          thinking: (place, question, isStreamed) =>
            withTools(options(place, question, both(always, thinking)), isStreamed),
        }),
    async object(place, question) {
      const output = Output.object({ schema: person });
      return (await generateText({ ...options(place, question), output })).output;
    },
  };
}

function both(one: ProviderOptions = {}, other: ProviderOptions = {}): ProviderOptions {
  const names = [...Object.keys(one), ...Object.keys(other)];
  return Object.fromEntries(names.map((name) => [name, { ...one[name], ...other[name] }]));
}

/** The pieces of text. An error is thrown, which the framework's own text streams leave to a callback. */
async function piecesOf(asked: Parameters<typeof streamText>[0]): Promise<string[]> {
  const pieces: string[] = [];
  for await (const part of streamText({ ...asked, onError: () => {} }).stream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") pieces.push(part.text);
  }
  return pieces;
}

function embedder(create: (place: Place) => EmbeddingModel): NonNullable<Framework["embed"]> {
  return async (place, values) => (await embedMany({ model: create(place), values, maxRetries: 0 })).embeddings;
}
