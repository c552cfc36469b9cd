import {
  FunctionCallingConfigMode,
  GoogleGenAI,
  ThinkingLevel,
  type Content,
  type GenerateContentConfig,
  type GenerateContentResponse,
  type Part,
} from "@google/genai";
import type { Call, Client, Piece, Said, Wishes } from "./clients.ts";
import { weather } from "./weather.ts";

export const geminiClient: Client = ({ url, model }, wishes, streamed) => {
  const sdk = new GoogleGenAI({
    apiKey: "sk-any",
    httpOptions: {
      baseUrl: `${url}/gemini`,
      headers: wishes.headers ?? {},
      ...(wishes.extras ? { extraBody: wishes.extras } : {}),
    },
  });
  const contents: Content[] = [];
  let calls: Call[] = [];

  async function send(): Promise<Said> {
    const asked = { model, contents, config: configOf(wishes) };
    const chunks = streamed
      ? await Array.fromAsync(await sdk.models.generateContentStream(asked))
      : [await sdk.models.generateContent(asked)];
    const { parts, ...said } = read(chunks, streamed);
    contents.push({ role: "model", parts });
    calls = said.calls;
    return said;
  }
  return {
    ask(question) {
      contents.push({
        role: "user",
        parts: typeof question === "string" ? [{ text: question }] : question.map(partOf),
      });
      return send();
    },
    answer(result) {
      const parts = calls.map((call): Part => {
        const { text, isError } = result(call);
        const response = isError ? { error: text } : { output: text };
        return { functionResponse: { ...(call.id ? { id: call.id } : {}), name: call.name, response } };
      });
      contents.push({ role: "user", parts });
      return send();
    },
    switchTo: (other) => void (model = other),
  };
};

function configOf(wishes: Wishes): GenerateContentConfig {
  const { choice, output, thinking } = wishes;
  const { parameters, ...tool } = weather;
  const mode = choice === "none" ? FunctionCallingConfigMode.NONE : FunctionCallingConfigMode.ANY;
  const named = choice === "named" ? { allowedFunctionNames: [weather.name] } : {};
  return {
    ...(wishes.system === undefined ? {} : { systemInstruction: wishes.system }),
    ...(wishes.tools ? { tools: [{ functionDeclarations: [{ ...tool, parametersJsonSchema: parameters }] }] } : {}),
    ...(choice ? { toolConfig: { functionCallingConfig: { mode, ...named } } } : {}),
    ...(output ? { responseMimeType: "application/json" } : {}),
    ...(output && output !== "json" ? { responseJsonSchema: output } : {}),
    ...(wishes.stop ? { stopSequences: wishes.stop } : {}),
    ...(wishes.maxTokens === undefined ? {} : { maxOutputTokens: wishes.maxTokens }),
    ...(wishes.temperature === undefined ? {} : { temperature: wishes.temperature }),
    ...(wishes.seed === undefined ? {} : { seed: wishes.seed }),
    ...(wishes.topK === undefined ? {} : { topK: wishes.topK }),
    ...(thinking === "high" ? { thinkingConfig: { thinkingLevel: ThinkingLevel.HIGH, includeThoughts: true } } : {}),
    ...(typeof thinking === "number" ? { thinkingConfig: { thinkingBudget: thinking, includeThoughts: true } } : {}),
  };
}

function partOf(piece: Piece): Part {
  if ("text" in piece) return { text: piece.text };
  const { image } = piece;
  if ("url" in image) return { fileData: { fileUri: image.url, mimeType: "image/png" } };
  return { inlineData: { mimeType: image.mediaType, data: image.data } };
}

function read(chunks: readonly GenerateContentResponse[], streamed: boolean): Said & { parts: Part[] } {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const texts = (isThought: boolean) =>
    parts.flatMap(({ text, thought }) => (text && (thought ?? false) === isThought ? [text] : []));
  const last = chunks.findLast((chunk) => chunk.candidates?.[0]?.finishReason !== undefined)?.candidates?.[0];
  const blocked = chunks.find((chunk) => chunk.promptFeedback)?.promptFeedback?.blockReason;
  return {
    parts,
    text: texts(false).join(""),
    thinking: texts(true).join(""),
    refusal: last?.finishMessage ?? blocked ?? null,
    calls: parts.flatMap(({ functionCall: call }) =>
      call ? [{ id: call.id ?? "", name: call.name ?? "", arguments: call.args }] : [],
    ),
    finish: last?.finishReason ?? "",
    usage: chunks.at(-1)?.usageMetadata,
    pieces: streamed ? texts(false).length : 0,
  };
}
