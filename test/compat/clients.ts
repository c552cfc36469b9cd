import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";

/** What every official client is asked to do, and what it read of the answer, in its own words. */
export interface Client {
  name: string;
  /** One user text, one text back. */
  chat(text: string): Promise<{ text: string; finish: string; inputTokens: number; outputTokens: number }>;
  /** The same, streamed through the client's own helper, which checks the order of events. */
  stream(text: string): Promise<{ text: string; pieces: number; finish: string; outputTokens: number }>;
  /** Asks with a weather tool, answers every call with its city's weather, returns the calls and the final text. */
  tools(text: string): Promise<{ calls: { name: string; city: string }[]; text: string }>;
  /** Asks for an answer in this schema. */
  schema(text: string): Promise<unknown>;
  /** Sends an image in base64 along. */
  image(text: string, image: { mediaType: string; data: string }): Promise<string>;
}

export interface Place {
  /** The gateway, without a path. */
  url: string;
  model: string;
}

const weatherSchema = {
  type: "object",
  properties: { city: { type: "string", description: "The city" } },
  required: ["city"],
  additionalProperties: false,
} as const;

export const personSchema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
} as const;

const tool = { name: "get_weather", description: "The weather of a city" };
const weatherOf = (city: string) => `sunny in ${city}`;

export function openaiClient({ url, model }: Place): Client {
  const client = new OpenAI({ apiKey: "sk-any", baseURL: `${url}/v1`, maxRetries: 0 });
  const tools = [{ type: "function" as const, function: { ...tool, parameters: { ...weatherSchema } } }];
  return {
    name: "openai",
    async chat(text) {
      const reply = await client.chat.completions.create({ model, messages: [{ role: "user", content: text }] });
      const [choice] = reply.choices;
      return {
        text: choice?.message.content ?? "",
        finish: choice?.finish_reason ?? "",
        inputTokens: reply.usage?.prompt_tokens ?? 0,
        outputTokens: reply.usage?.completion_tokens ?? 0,
      };
    },
    async stream(text) {
      const stream = client.chat.completions.stream({
        model,
        messages: [{ role: "user", content: text }],
        stream_options: { include_usage: true },
      });
      let pieces = 0;
      stream.on("content.delta", () => void pieces++);
      const reply = await stream.finalChatCompletion();
      const [choice] = reply.choices;
      return {
        text: choice?.message.content ?? "",
        pieces,
        finish: choice?.finish_reason ?? "",
        outputTokens: reply.usage?.completion_tokens ?? 0,
      };
    },
    async tools(text) {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: text }];
      const first = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
      const message = first.choices[0]?.message;
      const calls = (message?.tool_calls ?? []).flatMap((call) =>
        call.type === "function"
          ? [{ id: call.id, name: call.function.name, city: JSON.parse(call.function.arguments).city as string }]
          : [],
      );
      messages.push(
        message as OpenAI.ChatCompletionMessageParam,
        ...calls.map(({ id, city }) => ({ role: "tool" as const, tool_call_id: id, content: weatherOf(city) })),
      );
      const second = await client.chat.completions.create({ model, messages, tools });
      return { calls: calls.map(({ name, city }) => ({ name, city })), text: second.choices[0]?.message.content ?? "" };
    },
    async schema(text) {
      const reply = await client.chat.completions.create({
        model,
        messages: [{ role: "user", content: text }],
        response_format: {
          type: "json_schema",
          json_schema: { name: "person", strict: true, schema: { ...personSchema } },
        },
      });
      return JSON.parse(reply.choices[0]?.message.content ?? "");
    },
    async image(text, { mediaType, data }) {
      const url = `data:${mediaType};base64,${data}`;
      const content = [
        { type: "image_url" as const, image_url: { url } },
        { type: "text" as const, text },
      ];
      const reply = await client.chat.completions.create({ model, messages: [{ role: "user", content }] });
      return reply.choices[0]?.message.content ?? "";
    },
  };
}

export function anthropicClient({ url, model }: Place): Client {
  const client = new Anthropic({ apiKey: "sk-any", baseURL: url, maxRetries: 0 });
  const max_tokens = 2_000;
  const tools = [{ ...tool, input_schema: weatherSchema as unknown as Anthropic.Tool.InputSchema }];
  const textOf = (message: Anthropic.Message) =>
    message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  return {
    name: "anthropic",
    async chat(text) {
      const reply = await client.messages.create({ model, max_tokens, messages: [{ role: "user", content: text }] });
      const { usage } = reply;
      return {
        text: textOf(reply),
        finish: reply.stop_reason ?? "",
        inputTokens: usage.input_tokens,
        outputTokens: usage.output_tokens,
      };
    },
    async stream(text) {
      const stream = client.messages.stream({ model, max_tokens, messages: [{ role: "user", content: text }] });
      let pieces = 0;
      stream.on("text", () => void pieces++);
      const reply = await stream.finalMessage();
      return { text: textOf(reply), pieces, finish: reply.stop_reason ?? "", outputTokens: reply.usage.output_tokens };
    },
    async tools(text) {
      const messages: Anthropic.MessageParam[] = [{ role: "user", content: text }];
      const first = await client.messages.stream({ model, max_tokens, messages, tools }).finalMessage();
      const calls = first.content.flatMap((block) =>
        block.type === "tool_use"
          ? [{ id: block.id, name: block.name, city: (block.input as { city: string }).city }]
          : [],
      );
      messages.push(
        { role: "assistant", content: first.content as Anthropic.ContentBlockParam[] },
        {
          role: "user",
          content: calls.map(({ id, city }) => ({
            type: "tool_result" as const,
            tool_use_id: id,
            content: weatherOf(city),
          })),
        },
      );
      const second = await client.messages.create({ model, max_tokens, messages, tools });
      return { calls: calls.map(({ name, city }) => ({ name, city })), text: textOf(second) };
    },
    async schema(text) {
      const reply = await client.messages.create({
        model,
        max_tokens,
        messages: [{ role: "user", content: text }],
        output_config: { format: { type: "json_schema", schema: { ...personSchema } } },
      });
      return JSON.parse(textOf(reply));
    },
    async image(text, { mediaType, data }) {
      const source = { type: "base64" as const, media_type: mediaType as "image/png", data };
      const content = [
        { type: "image" as const, source },
        { type: "text" as const, text },
      ];
      return textOf(await client.messages.create({ model, max_tokens, messages: [{ role: "user", content }] }));
    },
  };
}

export function geminiClient({ url, model }: Place): Client {
  const client = new GoogleGenAI({ apiKey: "sk-any", httpOptions: { baseUrl: `${url}/gemini` } });
  const tools = [{ functionDeclarations: [{ ...tool, parametersJsonSchema: weatherSchema }] }];
  return {
    name: "gemini",
    async chat(text) {
      const reply = await client.models.generateContent({ model, contents: text });
      const { usageMetadata } = reply;
      return {
        text: reply.text ?? "",
        finish: reply.candidates?.[0]?.finishReason ?? "",
        inputTokens: usageMetadata?.promptTokenCount ?? 0,
        outputTokens: (usageMetadata?.candidatesTokenCount ?? 0) + (usageMetadata?.thoughtsTokenCount ?? 0),
      };
    },
    async stream(text) {
      const result = { text: "", pieces: 0, finish: "", outputTokens: 0 };
      for await (const chunk of await client.models.generateContentStream({ model, contents: text })) {
        if (chunk.text) result.pieces++;
        result.text += chunk.text ?? "";
        result.finish = chunk.candidates?.[0]?.finishReason ?? result.finish;
        result.outputTokens = chunk.usageMetadata?.candidatesTokenCount ?? result.outputTokens;
      }
      return result;
    },
    async tools(text) {
      const contents: { role: string; parts: object[] }[] = [{ role: "user", parts: [{ text }] }];
      const parts: object[] = [];
      const calls: { id?: string; name: string; city: string }[] = [];
      for await (const chunk of await client.models.generateContentStream({ model, contents, config: { tools } })) {
        for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
          parts.push(part);
          const call = part.functionCall;
          if (call)
            calls.push({
              ...(call.id ? { id: call.id } : {}),
              name: call.name ?? "",
              city: String(call.args?.["city"]),
            });
        }
      }
      const results = calls.map(({ id, name, city }) => ({
        functionResponse: { ...(id ? { id } : {}), name, response: { output: weatherOf(city) } },
      }));
      contents.push({ role: "model", parts }, { role: "user", parts: results });
      const second = await client.models.generateContent({ model, contents, config: { tools } });
      return { calls: calls.map(({ name, city }) => ({ name, city })), text: second.text ?? "" };
    },
    async schema(text) {
      const config = { responseMimeType: "application/json", responseJsonSchema: personSchema };
      return JSON.parse((await client.models.generateContent({ model, contents: text, config })).text ?? "");
    },
    async image(text, { mediaType, data }) {
      const contents = [{ inlineData: { mimeType: mediaType, data } }, { text }];
      return (await client.models.generateContent({ model, contents })).text ?? "";
    },
  };
}
