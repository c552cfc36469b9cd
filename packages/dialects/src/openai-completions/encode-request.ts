import { errors } from "@sluice/core";
import type { ChatRequest, EncodedRequest, Json, JsonObject, Patch, UpstreamTarget } from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { dialectId } from "./decode-request.ts";

/** What must change in a client's own body: the model, and that usage is always told. */
export function patchRequest(body: JsonObject, { stream }: ChatRequest, { model, quirks }: UpstreamTarget): Patch {
  const set: Record<string, Json> = { model };
  if (stream && quirks.streamOptions !== false) {
    set["stream_options"] = { ...(body.stream_options as JsonObject | undefined), include_usage: true };
  }
  return { set, remove: [], warnings: [] };
}

/** Whether a request is no more than one text to be continued. */
export function expresses({ messages, tools = [], providerTools = [], output, reasoning }: ChatRequest): boolean {
  const thinks = reasoning !== undefined && reasoning.effort !== "none";
  if (tools.length > 0 || providerTools.length > 0 || thinks || (output && output.type !== "text")) return false;
  const [only] = messages;
  return messages.length === 1 && only?.role === "user" && only.parts.every(({ type }) => type === "text");
}

/** A prompt as its client sent it, or the one text of somebody who speaks another dialect. */
export function encodeRequest(request: ChatRequest, { model, quirks }: UpstreamTarget): EncodedRequest {
  const { origin, sampling, stream, user, metadata, serviceTier } = request;
  const own = origin.dialect === dialectId;
  if (!own && !expresses(request)) {
    throw errors.REQUEST_UNSUPPORTED(
      "messages",
      model,
      "This model continues one text: send one user message of text.",
    );
  }
  const { n, topK, topLogprobs } = sampling;
  const body = defined<JsonObject>({
    model,
    prompt: own ? (origin.prefers["prompt"] as Json) : textOf(request),
    stream: stream || undefined,
    stream_options: stream && quirks.streamOptions !== false ? { include_usage: true } : undefined,
    max_tokens: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    n,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    stop: sampling.stop,
    seed: sampling.seed,
    logit_bias: sampling.logitBias,
    logprobs: sampling.logprobs ? (topLogprobs ?? 0) : undefined,
    echo: own && origin.prefers["echo"] !== null ? true : undefined,
    user,
    ...(own ? origin.rest : {}),
  });
  const lost = defined({ top_k: topK, metadata, service_tier: serviceTier, ...(own ? {} : origin.rest) });
  return { body, warnings: droppedFields(lost as JsonObject) };
}

function textOf({ messages }: ChatRequest): string {
  const parts = messages.flatMap((message) => message.parts);
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
