import type { JsonObject } from "@sluice/core";
import type { ClientName } from "./clients.ts";

/** One thing to ask for, in the words of every dialect that has words for it. */
export interface Field {
  name: string;
  says: Partial<Record<ClientName, JsonObject>>;
  /** Where a translation says it in another form than the upstream's own callers. */
  reaches?: Partial<Record<ClientName, JsonObject>>;
  /** A model that takes it, where the usual one does not. */
  model?: Partial<Record<ClientName, string>>;
}

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const pdf = "JVBERi0xLjQKJSVFT0YK";
const wav = "UklGRiQAAABXQVZFZm10IA==";
const chatTool = (name: string, more: JsonObject = {}) => ({
  type: "function",
  function: { name, parameters, ...more },
});
const responsesTool = (name: string, more: JsonObject = {}) => ({ type: "function", name, parameters, ...more });
const three = ["look", "listen", "feel"];
const two = ["look", "feel"];
const chatUser = (...content: JsonObject[]) => ({ messages: [{ role: "user", content }] });
const responsesUser = (...content: JsonObject[]) => ({ input: [{ role: "user", content }] });
const geminiUser = (...parts: JsonObject[]) => ({ contents: [{ role: "user", parts }] });

export const fields: readonly Field[] = [
  {
    name: "who the caller's user is",
    says: {
      "openai-chat": { user: "ada" },
      "openai-responses": { user: "ada" },
      anthropic: { metadata: { user_id: "ada" } },
    },
  },
  {
    name: "metadata",
    says: { "openai-chat": { metadata: { team: "search" } }, "openai-responses": { metadata: { team: "search" } } },
  },
  {
    name: "service tier",
    says: {
      "openai-chat": { service_tier: "default" },
      "openai-responses": { service_tier: "default" },
      anthropic: { service_tier: "standard_only" },
    },
  },
  {
    name: "several answers",
    says: { "openai-chat": { n: 2 }, gemini: { generationConfig: { candidateCount: 2 } } },
  },
  {
    name: "log probabilities",
    says: {
      "openai-chat": { logprobs: true, top_logprobs: 2 },
      "openai-responses": { include: ["message.output_text.logprobs"], top_logprobs: 2 },
      gemini: { generationConfig: { responseLogprobs: true, logprobs: 2 } },
    },
  },
  {
    name: "penalties",
    says: {
      "openai-chat": { frequency_penalty: 0.5, presence_penalty: 0.25 },
      gemini: { generationConfig: { frequencyPenalty: 0.5, presencePenalty: 0.25 } },
    },
  },
  { name: "bias of tokens", says: { "openai-chat": { logit_bias: { "50256": -100 } } } },
  {
    name: "top_p",
    says: {
      "openai-chat": { top_p: 0.5 },
      "openai-responses": { top_p: 0.5 },
      anthropic: { top_p: 0.5 },
      gemini: { generationConfig: { topP: 0.5 } },
    },
  },
  {
    name: "a temperature above 1",
    says: {
      "openai-chat": { temperature: 1.5 },
      "openai-responses": { temperature: 1.5 },
      gemini: { generationConfig: { temperature: 1.5 } },
    },
  },
  {
    name: "verbosity",
    says: { "openai-chat": { verbosity: "low" }, "openai-responses": { text: { verbosity: "low" } } },
  },
  {
    name: "key of the prompt cache",
    says: { "openai-chat": { prompt_cache_key: "k" }, "openai-responses": { prompt_cache_key: "k" } },
  },
  {
    name: "mark for the prompt cache",
    says: {
      "openai-chat": chatUser({ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }),
      anthropic: {
        messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
      },
    },
    reaches: {
      "openai-chat": chatUser({ type: "text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit" } }),
      "openai-responses": responsesUser({
        type: "input_text",
        text: "Hi",
        prompt_cache_breakpoint: { mode: "explicit" },
      }),
    },
  },
  {
    name: "safety settings",
    says: {
      gemini: { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_ONLY_HIGH" }] },
    },
  },
  {
    name: "strict tool",
    says: {
      "openai-chat": { tools: [chatTool("look", { strict: true })] },
      "openai-responses": { tools: [responsesTool("look", { strict: true })] },
      anthropic: { tools: [{ name: "look", input_schema: parameters, strict: true }] },
    },
    reaches: { gemini: { toolConfig: { functionCallingConfig: { mode: "VALIDATED" } } } },
  },
  {
    name: "some of the tools",
    says: {
      "openai-chat": {
        tools: three.map((name) => chatTool(name)),
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: {
            mode: "required",
            tools: two.map((name) => ({ type: "function", function: { name } })),
          },
        },
      },
      "openai-responses": {
        tools: three.map((name) => responsesTool(name)),
        tool_choice: {
          type: "allowed_tools",
          mode: "required",
          tools: two.map((name) => ({ type: "function", name })),
        },
      },
      gemini: {
        tools: [{ functionDeclarations: three.map((name) => ({ name, parametersJsonSchema: parameters })) }],
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: two } },
      },
    },
    // A subset is what else is left out.
    reaches: {
      "openai-chat": { tools: two.map((name) => ({ function: { name } })), tool_choice: "required" },
      "openai-responses": { tools: two.map((name) => ({ name })), tool_choice: "required" },
      anthropic: { tools: two.map((name) => ({ name })), tool_choice: { type: "any" } },
    },
  },
  {
    name: "tool of free text",
    says: {
      "openai-chat": { tools: [{ type: "custom", custom: { name: "shout" } }] },
      "openai-responses": { tools: [{ type: "custom", name: "shout" }] },
    },
    reaches: {
      "openai-chat": { tools: [{ function: { name: "shout", parameters: { required: ["input"] } } }] },
      "openai-responses": { tools: [{ name: "shout", parameters: { required: ["input"] } }] },
      anthropic: { tools: [{ name: "shout", input_schema: { required: ["input"] } }] },
      gemini: { tools: [{ functionDeclarations: [{ name: "shout" }] }] },
    },
  },
  {
    name: "functions in the old form",
    says: { "openai-chat": { functions: [{ name: "look", parameters }], function_call: "auto" } },
    reaches: {
      "openai-responses": { tools: [{ type: "function", name: "look" }] },
      anthropic: { tools: [{ name: "look" }] },
      gemini: { tools: [{ functionDeclarations: [{ name: "look" }] }] },
    },
  },
  {
    name: "web search by the vendor",
    says: {
      "openai-responses": { tools: [{ type: "web_search" }] },
      anthropic: { tools: [{ type: "web_search_20250305", name: "web_search" }] },
      gemini: { tools: [{ googleSearch: {} }] },
    },
    reaches: { "openai-chat": { web_search_options: {} }, anthropic: { tools: [{ name: "web_search" }] } },
  },
  {
    name: "code run by the vendor",
    says: {
      "openai-responses": { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
      anthropic: { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
      gemini: { tools: [{ codeExecution: {} }] },
    },
    reaches: { anthropic: { tools: [{ name: "code_execution" }] } },
  },
  {
    name: "PDF",
    says: {
      "openai-chat": chatUser({
        type: "file",
        file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${pdf}` },
      }),
      "openai-responses": responsesUser({
        type: "input_file",
        filename: "a.pdf",
        file_data: `data:application/pdf;base64,${pdf}`,
      }),
      anthropic: {
        messages: [
          {
            role: "user",
            content: [{ type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } }],
          },
        ],
      },
      gemini: geminiUser({ inlineData: { mimeType: "application/pdf", data: pdf } }),
    },
    reaches: {
      "openai-chat": chatUser({ type: "file", file: { file_data: `data:application/pdf;base64,${pdf}` } }),
      "openai-responses": responsesUser({ type: "input_file", file_data: `data:application/pdf;base64,${pdf}` }),
    },
  },
  {
    name: "sound",
    says: {
      "openai-chat": chatUser({ type: "input_audio", input_audio: { data: wav, format: "wav" } }),
      gemini: geminiUser({ inlineData: { mimeType: "audio/wav", data: wav } }),
    },
  },
  {
    name: "how closely to look at an image",
    says: {
      "openai-chat": chatUser({ type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } }),
      "openai-responses": responsesUser({
        type: "input_image",
        image_url: "https://a.example/b.png",
        detail: "low",
      }),
    },
  },
  {
    name: "beginning of the answer",
    says: {
      "openai-chat": {
        messages: [
          { role: "user", content: "Tell a tale." },
          { role: "assistant", content: "Once" },
        ],
      },
      anthropic: {
        messages: [
          { role: "user", content: "Tell a tale." },
          { role: "assistant", content: "Once" },
        ],
      },
      gemini: {
        contents: [
          { role: "user", parts: [{ text: "Tell a tale." }] },
          { role: "model", parts: [{ text: "Once" }] },
        ],
      },
    },
    reaches: {
      "openai-responses": {
        input: [{ role: "user" }, { role: "assistant", content: [{ type: "output_text", text: "Once" }] }],
      },
      anthropic: { messages: [{ role: "user" }, { role: "assistant", content: [{ type: "text", text: "Once" }] }] },
    },
  },
];
