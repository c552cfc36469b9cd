import OpenAI from "openai";
import type { Call, Client, Piece, Said, Wishes } from "./clients.ts";
import { weather } from "./weather.ts";

type Body = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, "stream">;
type Items = OpenAI.Responses.ResponseInputItem[];
type Reply = OpenAI.Responses.Response;

export const responsesClient: Client = ({ url, model }, wishes, streamed) => {
  const sdk = new OpenAI({
    apiKey: "sk-any",
    baseURL: `${url}/v1`,
    maxRetries: 0,
    defaultHeaders: wishes.headers ?? {},
  });
  const input: Items = [];
  let calls: Call[] = [];

  async function send(): Promise<Said> {
    const { items, ...said } = await (streamed ? stream : whole)(sdk, { ...bodyOf(wishes), model, input });
    input.push(...items);
    calls = said.calls;
    return said;
  }
  return {
    ask(question) {
      const pieces = typeof question === "string" ? [{ text: question }] : question;
      input.push({ role: "user", content: pieces.map(partOf) });
      return send();
    },
    answer(result) {
      for (const call of calls)
        input.push({ type: "function_call_output", call_id: call.id, output: result(call).text });
      return send();
    },
    instruct: (text) => void input.push({ role: "system", content: text }),
    switchTo: (other) => void (model = other),
  };
};

function bodyOf(wishes: Wishes): Partial<Body> {
  const { choice, output } = wishes;
  const tool = { type: "function" as const, ...weather, parameters: { ...weather.parameters }, strict: true };
  const named = { type: "function" as const, name: weather.name };
  const schema = { type: "json_schema" as const, name: "person", strict: true, schema: output as {} };
  return {
    // Nothing is kept anywhere: what the model must know again goes with the client.
    store: false,
    ...(wishes.thinking === "high" ? thinking : {}),
    ...(wishes.system === undefined ? {} : { instructions: wishes.system }),
    ...(wishes.tools ? { tools: [tool] } : {}),
    ...(choice ? { tool_choice: choice === "named" ? named : choice } : {}),
    ...(wishes.oneCall ? { parallel_tool_calls: false } : {}),
    ...(output ? { text: { format: output === "json" ? { type: "json_object" } : schema } } : {}),
    ...(wishes.maxTokens === undefined ? {} : { max_output_tokens: wishes.maxTokens }),
    ...(wishes.temperature === undefined ? {} : { temperature: wishes.temperature }),
    ...(wishes.extras as object),
  };
}

const thinking: Partial<Body> = {
  reasoning: { effort: "high", summary: "auto" },
  include: ["reasoning.encrypted_content"],
};

function partOf(piece: Piece): OpenAI.Responses.ResponseInputContent {
  if ("text" in piece) return { type: "input_text", text: piece.text };
  const { image } = piece;
  const image_url = "url" in image ? image.url : `data:${image.mediaType};base64,${image.data}`;
  return { type: "input_image", image_url, detail: "auto" };
}

async function whole(sdk: OpenAI, body: Body): Promise<Said & { items: Items }> {
  return read(await sdk.responses.create(body), 0);
}

async function stream(sdk: OpenAI, body: Body): Promise<Said & { items: Items }> {
  const running = sdk.responses.stream({ ...body, stream: true });
  let pieces = 0;
  running.on("response.output_text.delta", () => pieces++);
  return read(await running.finalResponse(), pieces);
}

function read(reply: Reply, pieces: number): Said & { items: Items } {
  const { output, status, incomplete_details: incomplete, error } = reply;
  if (status === "failed") throw new Error(error?.message ?? "failed");
  const parts = output.flatMap((item) => (item.type === "message" ? item.content : []));
  const refusal = parts.map((part) => (part.type === "refusal" ? part.refusal : "")).join("");
  return {
    items: output as Items,
    text: parts.map((part) => (part.type === "output_text" ? part.text : "")).join(""),
    thinking: output.map(thoughtsIn).join(""),
    refusal: refusal === "" ? null : refusal,
    calls: output.flatMap((item) =>
      item.type === "function_call"
        ? [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) as unknown }]
        : [],
    ),
    finish: incomplete?.reason ?? status ?? "",
    usage: reply.usage,
    pieces,
  };
}

function thoughtsIn(item: Reply["output"][number]): string {
  if (item.type !== "reasoning") return "";
  return [...(item.content ?? []), ...item.summary].map(({ text }) => text).join("");
}
