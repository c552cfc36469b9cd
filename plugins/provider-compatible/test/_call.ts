import { arrayOf, isObject, objectOf, stringOf, type ChannelSpec, type JsonObject } from "@sluice/core";
import { callChannel, upstreams, type ChannelCall, type Personality } from "@sluice/testkit";
import * as exported from "../src/index.ts";
import type { VendorId } from "../src/index.ts";

const factories = new Map<string, unknown>(Object.entries(exported));

/** A channel by the vendor's own factory. */
export function channelOf(id: VendorId, options: object = {}): ChannelSpec {
  const factory = factories.get(id) as (options: object) => ChannelSpec;
  return factory(options);
}

/** A channel that speaks OpenAI's dialect, also where the vendor prefers another. */
export function chatOf(id: VendorId): ChannelSpec {
  return channelOf(id, { speaks: ["openai-chat"] });
}

export const key = "key-for-tests";

/** Asks for a model of the channel in OpenAI's dialect, with a key where it needs one; the vendor answers by `answer`. */
export async function call(
  spec: ChannelSpec,
  fields: JsonObject = {},
  answer: Personality = replies({ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }),
): Promise<ChannelCall> {
  const [variable] = spec.provider.keyVariables;
  const env = variable === undefined ? {} : { [variable]: key };
  return callChannel(spec, { model: "a-model", ...fields }, answer, { env });
}

/** A vendor that answers with one choice. */
export function replies(choice: JsonObject, more: JsonObject = {}): Personality {
  return upstreams.replying({
    id: "answer-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: "a-model",
    choices: [{ index: 0, ...choice }],
    usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    ...more,
  });
}

/** A vendor that streams these chunks; `done` is its terminator. */
export function streams(chunks: readonly JsonObject[], done = "data: [DONE]\n\n"): Personality {
  const head = { id: "answer-1", object: "chat.completion.chunk", created: 1_790_000_000, model: "a-model" };
  const events = chunks.map((chunk) => `data: ${JSON.stringify({ ...head, ...chunk })}\n\n`);
  return upstreams.streaming(done === "" ? events : [...events, done]);
}

/** The JSON events of a streamed answer. */
export function eventsOf(text: string): JsonObject[] {
  return text
    .split("\n\n")
    .filter((block) => block.startsWith("data: {"))
    .map((block) => JSON.parse(block.slice(6)) as JsonObject);
}

/** What the deltas of a streamed answer say in one field, joined. */
export function deltasOf(text: string, field: string): string {
  return eventsOf(text)
    .flatMap((event) => arrayOf(event["choices"]).filter(isObject))
    .map((choice) => stringOf(objectOf(choice["delta"])?.[field]) ?? "")
    .join("");
}
