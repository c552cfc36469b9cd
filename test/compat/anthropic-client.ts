import Anthropic from "@anthropic-ai/sdk";
import type { Call, Client, Piece, Said, Wishes } from "./clients.ts";
import { weather } from "./weather.ts";

type Body = Omit<Anthropic.MessageCreateParamsNonStreaming, "stream">;

export const anthropicClient: Client = ({ url, model }, wishes, streamed) => {
  const sdk = new Anthropic({ apiKey: "sk-any", baseURL: url, maxRetries: 0, defaultHeaders: wishes.headers ?? {} });
  const messages: Anthropic.MessageParam[] = [];
  let calls: Call[] = [];

  async function send(): Promise<Said> {
    const body = { ...bodyOf(wishes), model, messages };
    const { message, pieces } = streamed
      ? await stream(sdk, body)
      : { message: await sdk.messages.create(body), pieces: 0 };
    const said = read(message, pieces);
    messages.push({ role: "assistant", content: message.content as Anthropic.ContentBlockParam[] });
    calls = said.calls;
    return said;
  }
  return {
    ask(question) {
      messages.push({ role: "user", content: typeof question === "string" ? question : question.map(blockOf) });
      return send();
    },
    answer(result) {
      const content = calls.map((call): Anthropic.ToolResultBlockParam => {
        const { text, isError } = result(call);
        return { type: "tool_result", tool_use_id: call.id, content: text, ...(isError ? { is_error: true } : {}) };
      });
      messages.push({ role: "user", content });
      return send();
    },
    instruct: (text) => void messages.push({ role: "system", content: text } as unknown as Anthropic.MessageParam),
    switchTo: (other) => void (model = other),
  };
};

function bodyOf(wishes: Wishes): Pick<Body, "max_tokens"> & Partial<Body> {
  const { choice, output, thinking, oneCall } = wishes;
  const { parameters, ...tool } = weather;
  const types = { none: "none", required: "any", named: "tool" } as const;
  const chosen = choice ? { type: types[choice], ...(choice === "named" ? { name: weather.name } : {}) } : null;
  const only = oneCall ? { ...(chosen ?? { type: "auto" }), disable_parallel_tool_use: true } : chosen;
  const sampling = { temperature: wishes.temperature, top_k: wishes.topK };
  return {
    max_tokens: wishes.maxTokens ?? 4_000,
    ...(wishes.system === undefined ? {} : { system: wishes.system }),
    ...(wishes.tools
      ? { tools: [{ ...tool, input_schema: parameters as unknown as Anthropic.Tool.InputSchema }] }
      : {}),
    ...(only ? { tool_choice: only as Anthropic.ToolChoice } : {}),
    ...(output && output !== "json" ? { output_config: { format: { type: "json_schema", schema: output } } } : {}),
    ...(wishes.stop ? { stop_sequences: wishes.stop } : {}),
    ...(thinking === "high" ? { thinking: { type: "adaptive" }, output_config: { effort: "high" } } : {}),
    ...(typeof thinking === "number" ? { thinking: { type: "enabled", budget_tokens: thinking } } : {}),
    // The library no longer knows them; older versions of the wire do.
    ...(Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined)) as {}),
    ...wishes.extras,
  };
}

function blockOf(piece: Piece): Anthropic.ContentBlockParam {
  if ("text" in piece) return { type: "text", text: piece.text };
  const { image } = piece;
  if ("url" in image) return { type: "image", source: { type: "url", url: image.url } };
  const media_type = image.mediaType as "image/png";
  return { type: "image", source: { type: "base64", media_type, data: image.data } };
}

async function stream(sdk: Anthropic, body: Body): Promise<{ message: Anthropic.Message; pieces: number }> {
  const running = sdk.messages.stream(body);
  let pieces = 0;
  running.on("text", () => void pieces++);
  return { message: await running.finalMessage(), pieces };
}

function read(message: Anthropic.Message, pieces: number): Said {
  const { content, stop_reason: finish, stop_details: details, usage } = message;
  const join = (pick: (block: Anthropic.ContentBlock) => string) => content.map(pick).join("");
  return {
    text: join((block) => (block.type === "text" ? block.text : "")),
    thinking: join((block) => (block.type === "thinking" ? block.thinking : "")),
    refusal: details?.type === "refusal" ? details.explanation : null,
    calls: content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
    ),
    finish: finish ?? "",
    usage,
    pieces,
  };
}
