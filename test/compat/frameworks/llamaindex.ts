import { Anthropic, AnthropicSession } from "@llamaindex/anthropic";
import type { MessageContent, ToolCallLLM } from "@llamaindex/core/llms";
import { tool } from "@llamaindex/core/tools";
import { Gemini, GeminiEmbedding } from "@llamaindex/google";
import { OpenAI, OpenAIEmbedding, OpenAIResponses } from "@llamaindex/openai";
import { cityInput, person, weather, weatherIn, type Framework, type Place } from "./framework.ts";

const apiKey = "sk-any";
const once = { maxRetries: 0 };
const weatherTool = tool({ ...weather, parameters: cityInput, execute: weatherIn });

const openaiOptions = ({ url, model }: Place) => ({ model, apiKey, baseURL: `${url}/v1`, ...once });

// Its types name the models that it knows.
const geminiOptions = ({ url, model }: Place) => ({ model: model as never, apiKey, httpOptions: { baseUrl: url } });

export const llamaindex: readonly Framework[] = [
  {
    ...chat("OpenAI", (place) => new OpenAI(openaiOptions(place))),
    embed: (place, texts) => new OpenAIEmbedding(openaiOptions(place)).getTextEmbeddings(texts),
  },
  // It looks for calls in the first event alone, which never has any.
  { ...chat("OpenAIResponses", (place) => new OpenAIResponses(openaiOptions(place))), streamsTools: false },
  chat("Anthropic", ({ url, model }) => {
    const session = new AnthropicSession({ apiKey, baseURL: url, ...once });
    return new Anthropic({ model, apiKey, session, ...once });
  }),
  {
    ...chat("Gemini", (place) => new Gemini(geminiOptions(place))),
    embed: (place, texts) => new GeminiEmbedding(geminiOptions(place)).getTextEmbeddingsBatch(texts),
  },
];

function chat(name: string, create: (place: Place) => ToolCallLLM): Framework {
  const asked = (content: string) => [{ role: "user" as const, content }];
  return {
    name: `LlamaIndex ${name}`,
    text: async (place, question) => textOf((await create(place).chat({ messages: asked(question) })).message.content),
    async stream(place, question) {
      const pieces: string[] = [];
      const chunks = await create(place).chat({ messages: asked(question), stream: true });
      for await (const { delta, raw } of chunks) if (delta !== "" && isNew(raw)) pieces.push(delta);
      return pieces;
    },
    async tools(place, question, isStreamed) {
      const model = create(place);
      const messages: Parameters<ToolCallLLM["chat"]>[0]["messages"] = asked(question);
      for (;;) {
        const { newMessages, toolCalls } = isStreamed
          ? await drained(await model.streamExec({ messages, tools: [weatherTool], stream: true }))
          : await model.exec({ messages, tools: [weatherTool] });
        messages.push(...newMessages);
        if (toolCalls.length === 0) return textOf(messages.at(-1)?.content);
      }
    },
    object: async (place, question) =>
      (await create(place).exec({ messages: asked(question), responseFormat: person as object })).object,
  };
}

/** Its responses repeat the last piece with every event that brings none. */
function isNew(raw: object | null): boolean {
  const type = (raw as { type?: string } | null)?.type ?? "";
  return !type.startsWith("response.") || type === "response.output_text.delta";
}

function textOf(content: MessageContent | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
}

type Streamed = Awaited<ReturnType<ToolCallLLM["streamExec"]>>;

async function drained(answer: Streamed) {
  for await (const _chunk of answer.stream);
  return { newMessages: answer.newMessages(), toolCalls: answer.toolCalls };
}
