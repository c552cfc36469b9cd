import { AttemptError, defineDecoder, isObject, parseJson } from "@sluice/core";
import type { DecodeContext, JsonObject, Reply, StreamDecoder, WireFrame } from "@sluice/core";
import { decodeReply as decodeChatReply } from "../openai-chat/decode-reply.ts";
import { chatDecoder } from "../openai-chat/decode-stream.ts";
import { defined } from "../members.ts";
import { toChatLogprobs } from "./logprobs.ts";

/** An answer of this dialect is one of chat with its text elsewhere: it is read as such. */
export function decodeReply(body: JsonObject, context: DecodeContext): Reply {
  if (body.error === undefined || body.error === null) {
    const { choices } = body;
    if (!Array.isArray(choices) || !choices.every((choice) => isObject(choice) && typeof choice.text === "string")) {
      throw new AttemptError({ class: "protocol", message: "the answer has no choices with text" });
    }
  }
  return decodeChatReply(asChat(body, "message"), foreign(context));
}

export const decoder: StreamDecoder<unknown> = defineDecoder({
  initial: (context: DecodeContext) => chatDecoder.initial(foreign(context)),
  step: (state, frame: WireFrame) => chatDecoder.step(state, { ...frame, data: chatData(frame.data) }),
  end: (state) => chatDecoder.end(state),
});

/** Members that nobody knows pass with the bytes; told one by one they would be taken for chat's. */
function foreign(context: DecodeContext): DecodeContext {
  const { request } = context;
  return { ...context, request: { ...request, origin: { ...request.origin, dialect: "openai-completions" } } };
}

function chatData(data: string): string {
  if (data === "" || data.trim() === "[DONE]") return data;
  try {
    const chunk: unknown = parseJson(data);
    return isObject(chunk) ? JSON.stringify(asChat(chunk, "delta")) : data;
  } catch {
    return data;
  }
}

function asChat(answer: JsonObject, place: "message" | "delta"): JsonObject {
  const { choices } = answer;
  if (!Array.isArray(choices)) return answer;
  const told = choices.map((choice, index) => {
    if (!isObject(choice)) return choice;
    const { text, logprobs, index: own, finish_reason } = choice;
    return defined<JsonObject>({
      index: own ?? index,
      [place]: { ...(place === "message" ? { role: "assistant" } : {}), content: text },
      finish_reason,
      logprobs: toChatLogprobs(logprobs),
    });
  });
  return { ...answer, choices: told };
}
