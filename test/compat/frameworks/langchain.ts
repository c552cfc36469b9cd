import { ChatAnthropic } from "@langchain/anthropic";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type AIMessageChunk, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatGoogle } from "@langchain/google";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { cityInput, person, weather, weatherIn, type Framework, type Place } from "./framework.ts";

const weatherTool = tool(weatherIn, { ...weather, schema: cityInput });
const key = "sk-any";

const openaiOptions = ({ url, model }: Place) => ({
  model,
  apiKey: key,
  maxRetries: 0,
  configuration: { baseURL: `${url}/v1` },
});

export const langchain: readonly Framework[] = [
  {
    ...chat("ChatOpenAI", (place) => new ChatOpenAI(openaiOptions(place))),
    embed: (place, texts) => new OpenAIEmbeddings(openaiOptions(place)).embedDocuments(texts),
  },
  chat("ChatOpenAI, responses", (place) => new ChatOpenAI({ ...openaiOptions(place), useResponsesApi: true })),
  chat(
    "ChatAnthropic",
    ({ url, model }) => new ChatAnthropic({ model, apiKey: key, anthropicApiUrl: url, maxRetries: 0 }),
  ),
  chat("ChatGoogle", ({ url, model }) => new ChatGoogle({ model, apiKey: key, endpoint: url, maxRetries: 0 })),
];

function chat(name: string, create: (place: Place) => BaseChatModel): Framework {
  return {
    name: `LangChain ${name}`,
    text: async (place, question) => (await create(place).invoke(question)).text,
    async stream(place, question) {
      const pieces: string[] = [];
      for await (const chunk of await create(place).stream(question)) if (chunk.text !== "") pieces.push(chunk.text);
      return pieces;
    },
    async tools(place, question, isStreamed) {
      const model = create(place).bindTools?.([weatherTool]);
      if (model === undefined) throw new Error(`${name} takes no tools`);
      const messages: BaseMessage[] = [new HumanMessage(question)];
      for (;;) {
        const said = isStreamed ? await whole(await model.stream(messages)) : await model.invoke(messages);
        if (!said.tool_calls?.length) return said.text;
        messages.push(said);
        for (const call of said.tool_calls) messages.push((await weatherTool.invoke(call)) as BaseMessage);
      }
    },
    object: (place, question) => create(place).withStructuredOutput(person).invoke(question),
  };
}

async function whole(chunks: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let sum: AIMessageChunk | null = null;
  for await (const chunk of chunks) sum = sum === null ? chunk : sum.concat(chunk);
  if (sum === null) throw new Error("nothing came");
  return sum;
}
