import type { JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import { mediumAt } from "./media.ts";
import { checkRequest, invalid, isOpenAI, isReasoningModel } from "./openai-checks.ts";
import type { Medium, Prompt } from "./prompt.ts";
import { idOf, tokensOf } from "./tokens.ts";

/** Reads and checks a chat completion request. A field that is null counts as absent. */
export function readOpenAI(json: unknown): Prompt {
  if (!isRecord(json)) throw invalid("We could not parse the JSON body of your request.");
  const body = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null)) as JsonObject;
  checkRequest(body);
  return toPrompt(body, words(body["model"]));
}

function toPrompt(body: JsonObject, model: string): Prompt {
  const messages = records(body["messages"]);
  const user = messages.findLast((message) => message["role"] === "user");
  const reading = messages.map((message) => textOf(message["content"])).join("\n");
  const stop = body["stop"];
  const effort = body["reasoning_effort"];
  const thinks = effort === undefined ? isReasoningModel(model) : effort !== "none";
  return {
    model,
    stream: body["stream"] === true,
    seed: idOf(32, JSON.stringify(body)),
    reading,
    lastUserText: textOf(user?.["content"]),
    media: mediaOf(user?.["content"]),
    tools: definitionsIn(body).map((tool) => ({
      name: words(tool["name"]),
      parameters: isRecord(tool["parameters"]) ? tool["parameters"] : null,
    })),
    toolChoice: choiceOf(body["tool_choice"] ?? oldChoice(body["function_call"])),
    parallelCalls: body["parallel_tool_calls"] !== false && !Array.isArray(body["functions"]),
    results: resultsOf(messages),
    output: outputOf(body["response_format"]),
    thinking: { on: thinks, shown: thinks && !isOpenAI(model) },
    stop: typeof stop === "string" ? [stop] : Array.isArray(stop) ? stop.map(words) : [],
    maxTokens: (body["max_completion_tokens"] ?? body["max_tokens"] ?? null) as number | null,
    choices: (body["n"] ?? 1) as number,
    logprobs: body["logprobs"] === true,
    // OpenAI caches long prompts by itself.
    cache: { read: tokensOf(reading).length >= 64 ? 0.5 : 0, write: 0 },
    wishes: {
      // What is offered in the old form is called in it.
      functions: Array.isArray(body["functions"]),
      includeUsage: isRecord(body["stream_options"]) && body["stream_options"]["include_usage"] === true,
    },
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return records(content)
    .map((part) => words(part["text"]) + words(part["refusal"]))
    .join("");
}

function mediaOf(content: unknown): Medium[] {
  return records(content).flatMap((part) => {
    if (isRecord(part["image_url"])) return mediumAt(part["image_url"]["url"]) ?? [];
    if (isRecord(part["file"]))
      return (
        mediumAt(part["file"]["file_data"]) ?? { mediaType: "file", bytes: null, url: words(part["file"]["file_id"]) }
      );
    if (!isRecord(part["input_audio"])) return [];
    const { data, format } = part["input_audio"];
    return { mediaType: `audio/${words(format)}`, bytes: Buffer.from(words(data), "base64").length, url: null };
  });
}

function definitionsIn(body: JsonObject): JsonObject[] {
  const tools = records(body["tools"]).flatMap((tool) => (isRecord(tool["function"]) ? [tool["function"]] : []));
  return [...tools, ...records(body["functions"])];
}

function oldChoice(choice: unknown): unknown {
  return isRecord(choice) ? { function: choice } : choice;
}

function choiceOf(choice: unknown): Prompt["toolChoice"] {
  if (choice === "none" || choice === "required") return { mode: choice, names: null };
  if (!isRecord(choice)) return { mode: "auto", names: null };
  if (isRecord(choice["function"])) return { mode: "required", names: [words(choice["function"]["name"])] };
  const allowed = isRecord(choice["allowed_tools"]) ? choice["allowed_tools"] : {};
  const names = records(allowed["tools"]).map((tool) => words((tool["function"] as JsonObject | undefined)?.["name"]));
  return { mode: allowed["mode"] === "required" ? "required" : "auto", names };
}

function resultsOf(messages: JsonObject[]): Prompt["results"] {
  const assistant = messages.findLastIndex((message) => message["role"] === "assistant");
  const calls = records(messages[assistant]?.["tool_calls"]);
  return messages
    .slice(assistant + 1)
    .filter((message) => message["role"] === "tool" || message["role"] === "function")
    .map((message) => {
      if (message["role"] === "function") return { name: words(message["name"]), text: textOf(message["content"]) };
      const call = calls.find((one) => one["id"] === message["tool_call_id"]);
      return {
        name: words((call?.["function"] as JsonObject | undefined)?.["name"]),
        text: textOf(message["content"]),
      };
    });
}

function outputOf(format: unknown): Prompt["output"] {
  if (!isRecord(format) || format["type"] === "text") return { type: "text" };
  if (format["type"] === "json_object") return { type: "json" };
  const wish = isRecord(format["json_schema"]) ? format["json_schema"] : {};
  return { type: "schema", schema: isRecord(wish["schema"]) ? wish["schema"] : { type: "object" } };
}
