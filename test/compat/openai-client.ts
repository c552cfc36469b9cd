import OpenAI from "openai";
import type { Call, Client, Piece, Said, Wishes } from "./clients.ts";
import { weather } from "./weather.ts";

type Body = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, "stream">;
type Message = OpenAI.ChatCompletionMessage & { reasoning_content?: string };

export const openaiClient: Client = ({ url, model }, wishes, streamed) => {
  const sdk = new OpenAI({
    apiKey: "sk-any",
    baseURL: `${url}/v1`,
    maxRetries: 0,
    defaultHeaders: wishes.headers ?? {},
  });
  const messages: OpenAI.ChatCompletionMessageParam[] = [];
  if (wishes.system !== undefined) messages.push({ role: "system", content: wishes.system });
  let calls: Call[] = [];

  async function send(): Promise<Said> {
    const { message, ...said } = await (streamed ? stream : whole)(sdk, { ...bodyOf(wishes), model, messages });
    messages.push(message as OpenAI.ChatCompletionMessageParam);
    calls = said.calls;
    return said;
  }
  return {
    ask(question) {
      messages.push({ role: "user", content: typeof question === "string" ? question : question.map(partOf) });
      return send();
    },
    answer(result) {
      for (const call of calls) messages.push({ role: "tool", tool_call_id: call.id, content: result(call).text });
      return send();
    },
    instruct: (text) => void messages.push({ role: "system", content: text }),
    switchTo: (other) => void (model = other),
  };
};

function bodyOf(wishes: Wishes): Partial<Body> {
  const { choice, output, thinking } = wishes;
  const tool = { type: "function" as const, function: { ...weather, parameters: { ...weather.parameters } } };
  const named = { type: "function" as const, function: { name: weather.name } };
  const schema = { type: "json_schema" as const, json_schema: { name: "person", strict: true, schema: output as {} } };
  return {
    ...(wishes.tools ? { tools: [tool] } : {}),
    ...(choice ? { tool_choice: choice === "named" ? named : choice } : {}),
    ...(wishes.oneCall ? { parallel_tool_calls: false } : {}),
    ...(output ? { response_format: output === "json" ? { type: "json_object" as const } : schema } : {}),
    ...(wishes.stop ? { stop: wishes.stop } : {}),
    ...(wishes.maxTokens === undefined ? {} : { max_completion_tokens: wishes.maxTokens }),
    ...(wishes.temperature === undefined ? {} : { temperature: wishes.temperature }),
    ...(wishes.seed === undefined ? {} : { seed: wishes.seed }),
    ...(thinking === "high" ? { reasoning_effort: thinking } : {}),
    ...(typeof thinking === "number" ? { reasoning: { max_tokens: thinking } } : {}),
    ...wishes.extras,
  };
}

function partOf(piece: Piece): OpenAI.ChatCompletionContentPart {
  if ("text" in piece) return { type: "text", text: piece.text };
  const { image } = piece;
  const url = "url" in image ? image.url : `data:${image.mediaType};base64,${image.data}`;
  return { type: "image_url", image_url: { url } };
}

async function whole(sdk: OpenAI, body: Body): Promise<Said & { message: Message }> {
  const reply = await sdk.chat.completions.create(body);
  return read(reply, (reply.choices[0]?.message as Message | undefined)?.reasoning_content ?? "", 0);
}

async function stream(sdk: OpenAI, body: Body): Promise<Said & { message: Message }> {
  const running = sdk.chat.completions.stream({ ...body, stream: true, stream_options: { include_usage: true } });
  let pieces = 0;
  let thinking = "";
  running.on("chunk", ({ choices }) => {
    const delta = choices[0]?.delta as { content?: string | null; reasoning_content?: string } | undefined;
    if (delta?.content) pieces++;
    thinking += delta?.reasoning_content ?? "";
  });
  const said = read(await running.finalChatCompletion(), thinking, pieces);
  // The library keeps the last piece of a field that it does not know; callers of such vendors put it together.
  return thinking === "" ? said : { ...said, message: { ...said.message, reasoning_content: thinking } };
}

function read(reply: OpenAI.ChatCompletion, thinking: string, pieces: number): Said & { message: Message } {
  const [choice] = reply.choices;
  const message = choice?.message as Message;
  const calls = (message.tool_calls ?? []).flatMap((call) =>
    call.type === "function"
      ? [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }]
      : [],
  );
  const { content, refusal } = message;
  return {
    message,
    text: content ?? "",
    thinking,
    refusal,
    calls,
    finish: choice?.finish_reason ?? "",
    usage: reply.usage,
    pieces,
  };
}
