import type { LiteralAnswer } from "./literal.ts";
import type { UpstreamName } from "./pairs.ts";

/**
 * One answer, word for word as each vendor sends it today, or could tomorrow: with fields, events and parts that nobody
 * knows yet. It says "Hello there" and counts 100 tokens in (30 cached; 10 written to the cache where the vendor tells) and 50 out
 * (20 of them thinking).
 */
export function vendorWords(upstream: UpstreamName, streamed: boolean, when: "today" | "tomorrow"): LiteralAnswer {
  if (!streamed) return { contentType: "application/json", body: told(wholes[upstream], when) };
  const events = streams[upstream].map((data) => told(data, when)).filter((data) => data !== "");
  return { contentType: "text/event-stream", body: events.map((data) => framed(upstream, data)).join("") };
}

const chatUsage = `"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":10},"completion_tokens_details":{"reasoning_tokens":20}⟦,"future_tokens":5⟧}`;
const chatHead = `"id":"chatcmpl-9","created":1790000000,"model":"gpt-4.1-mini"⟦,"future_head":[1]⟧`;
const messageHead = `"id":"msg_9","type":"message","role":"assistant","model":"claude-sonnet-4-6"⟦,"future_head":[1]⟧`;
const messageUsage = `"input_tokens":60,"cache_read_input_tokens":30,"cache_creation_input_tokens":10`;
const messageOutput = `"output_tokens":50,"output_tokens_details":{"thinking_tokens":20}⟦,"future_tokens":5⟧`;
const geminiTail = `"modelVersion":"gemini-2.5-flash","responseId":"r9"⟦,"future_head":[1]⟧`;
const geminiUsage = `"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":30,"candidatesTokenCount":30,"thoughtsTokenCount":20,"totalTokenCount":150⟦,"futureTokenCount":5⟧}`;

const responseUsage = `"usage":{"input_tokens":100,"output_tokens":50,"total_tokens":150,"input_tokens_details":{"cached_tokens":30,"cache_write_tokens":10},"output_tokens_details":{"reasoning_tokens":20}⟦,"future_tokens":5⟧}`;
const responseHead = `"id":"resp_9","object":"response","created_at":1790000000,"model":"gpt-4.1-mini"⟦,"future_head":[1]⟧,"error":null,"incomplete_details":null,"instructions":null,"metadata":{},"parallel_tool_calls":true,"temperature":1,"tool_choice":"auto","tools":[],"top_p":1`;
const responseText = `{"type":"output_text","text":"Hello there","annotations":[],"logprobs":[]⟦,"future_part":{"a":1.50}⟧}`;
const responseMessage = `{"id":"msg_9","type":"message","role":"assistant","status":"completed","content":[${responseText}]⟦,"future_field":1⟧}`;
const responseUnknown = `{"id":"fi_9","type":"future_item","a":1.50}`;
const responseEnd = `{ ${responseHead},"status":"completed","output":[${responseMessage}⟦,${responseUnknown}⟧], ${responseUsage} }`;
const responseBegin = `{${responseHead},"status":"in_progress","output":[],"usage":null}`;
const inText = `"item_id":"msg_9","output_index":0,"content_index":0`;

const wholes: Readonly<Record<UpstreamName, string>> = {
  "openai-chat": `{ "object":"chat.completion",${chatHead},"choices":[{"index":0,"message":{"role":"assistant","content":"Hello there","refusal":null⟦,"future_part":{"a":1.50}⟧},"logprobs":null,"finish_reason":"stop"}], ${chatUsage} }`,
  "openai-responses": responseEnd,
  anthropic: `{ ${messageHead},"content":[{"type":"text","text":"Hello there","citations":null}⟦,{"type":"future_block","a":1.50}⟧],"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,"container":null, "usage":{${messageUsage},${messageOutput}} }`,
  gemini: `{ "candidates":[{"content":{"role":"model","parts":[{"text":"Hello there"}⟦,{"futurePart":{"a":1.50}}⟧]},"finishReason":"STOP","index":0⟦,"futureScore":1⟧}], ${geminiUsage},${geminiTail} }`,
};

const streams: Readonly<Record<UpstreamName, readonly string[]>> = {
  "openai-chat": [
    `{"object":"chat.completion.chunk",${chatHead},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}`,
    `{"object":"chat.completion.chunk",${chatHead},"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}],"obfuscation":"x"}`,
    `{"object":"chat.completion.chunk",${chatHead},"choices":[{"index":0,"delta":{"content":" there"⟦,"future_delta":1.50⟧},"finish_reason":null}]}`,
    `{"object":"chat.completion.chunk",${chatHead},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
    `{"object":"chat.completion.chunk",${chatHead},"choices":[],${chatUsage}}`,
    "[DONE]",
  ],
  "openai-responses": [
    `{"type":"response.created","sequence_number":0,"response":${responseBegin}}`,
    `{"type":"response.in_progress","sequence_number":1,"response":${responseBegin}}`,
    `{"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_9","type":"message","role":"assistant","status":"in_progress","content":[]}}`,
    `{"type":"response.content_part.added","sequence_number":3,${inText},"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}`,
    `{"type":"response.output_text.delta","sequence_number":4,${inText},"delta":"Hello","logprobs":[],"obfuscation":"x"}`,
    `{"type":"response.output_text.delta","sequence_number":5,${inText},"delta":" there","logprobs":[]⟦,"future_delta":1.50⟧}`,
    `{"type":"response.output_text.done","sequence_number":6,${inText},"text":"Hello there","logprobs":[]}`,
    `{"type":"response.content_part.done","sequence_number":7,${inText},"part":${responseText}}`,
    `{"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":${responseMessage}}`,
    `⟦{"type":"response.output_item.added","sequence_number":9,"output_index":1,"item":${responseUnknown}}⟧`,
    `⟦{"type":"response.output_item.done","sequence_number":10,"output_index":1,"item":${responseUnknown}}⟧`,
    `{"type":"response.completed","sequence_number":11,"response":${responseEnd}}`,
  ],
  anthropic: [
    `{"type":"message_start","message":{${messageHead},"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"container":null,"usage":{${messageUsage},"output_tokens":1}}}`,
    `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":null}}`,
    `{"type":"ping"}`,
    `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}`,
    `⟦{"type":"future_event","a":1.50}⟧`,
    `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" there"}⟦,"future_delta":1⟧}`,
    `{"type":"content_block_stop","index":0}`,
    `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{${messageOutput}}}`,
    `{"type":"message_stop"}`,
  ],
  gemini: [
    `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"index":0⟦,"futureScore":1.50⟧}],${geminiTail}}`,
    `{"candidates":[{"content":{"role":"model","parts":[{"text":" there"}⟦,{"futurePart":{"a":1.50}}⟧]},"index":0}],${geminiTail}}`,
    `{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],${geminiUsage},${geminiTail}}`,
  ],
};

/** The text with what nobody knows yet, which stands between the marks, or without it. */
function told(text: string, when: "today" | "tomorrow"): string {
  return when === "tomorrow" ? text.replaceAll(/[⟦⟧]/g, "") : text.replaceAll(/⟦[^⟧]*⟧/g, "");
}

/** One event of a stream, with its name where the vendor gives events one. */
function framed(upstream: UpstreamName, data: string): string {
  const isNamed = upstream === "anthropic" || upstream === "openai-responses";
  const name = isNamed ? `event: ${(JSON.parse(data) as { type: string }).type}\n` : "";
  return `${name}data: ${data}\n\n`;
}
