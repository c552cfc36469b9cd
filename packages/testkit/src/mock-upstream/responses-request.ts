import type { Json, JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import { invalid, isOpenAI, isReasoningModel } from "./openai-checks.ts";
import type { OfferedTool, Prompt } from "./prompt.ts";
import { checkBody } from "./responses-checks.ts";
import { conversationOf, isCallOutput, shownIn, spoken, textOf } from "./responses-input.ts";
import type { ResponseStore } from "./responses-store.ts";
import { idOf, tokensOf } from "./tokens.ts";

/** Reads and checks a responses request. A field that is null counts as absent. */
export function readResponses(json: unknown, store: ResponseStore): Prompt {
  if (!isRecord(json)) throw invalid("We could not parse the JSON body of your request.");
  const body = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null)) as JsonObject;
  checkBody(body);
  return toPrompt(body, words(body["model"]), conversationOf(body, store));
}

function toPrompt(body: JsonObject, model: string, items: JsonObject[]): Prompt {
  const { stream: _stream, stream_options: _options, ...asked } = body;
  const users = items.filter((item) => item["role"] === "user");
  const reading = [words(body["instructions"]), ...items.map(textOf)].join("\n");
  const effort = isRecord(body["reasoning"]) ? (body["reasoning"]["effort"] ?? null) : null;
  const thinks = effort === null ? isReasoningModel(model) : effort !== "none";
  const summary = isRecord(body["reasoning"]) ? (body["reasoning"]["summary"] ?? null) : null;
  const include = Array.isArray(body["include"]) ? body["include"] : [];
  return {
    model,
    stream: body["stream"] === true,
    // The same ids whether the answer comes whole or streamed.
    seed: idOf(32, JSON.stringify(asked)),
    reading,
    lastUserText: textOf(users.at(-1) ?? {}),
    media: shownIn(users.at(-1)),
    tools: records(body["tools"]).flatMap(offered),
    toolChoice: choiceOf(body["tool_choice"]),
    parallelCalls: body["parallel_tool_calls"] !== false,
    results: resultsOf(items),
    output: outputOf(isRecord(body["text"]) ? body["text"]["format"] : undefined),
    thinking: { on: thinks, shown: thinks && (summary !== null || !isOpenAI(model)) },
    stop: [],
    maxTokens: (body["max_output_tokens"] ?? null) as number | null,
    choices: 1,
    logprobs: include.includes("message.output_text.logprobs"),
    cache: { read: tokensOf(reading).length >= 64 ? 0.5 : 0, write: 0 },
    wishes: {
      request: body,
      input: items,
      encrypted: include.includes("reasoning.encrypted_content"),
      custom: records(body["tools"])
        .filter((tool) => tool["type"] === "custom")
        .map((tool) => words(tool["name"])),
    },
  };
}

/** A custom tool takes free text, which the pretend model writes as the one string of an object. */
function offered(tool: JsonObject): OfferedTool[] {
  const name = words(tool["name"]);
  if (tool["type"] === "function")
    return [{ name, parameters: isRecord(tool["parameters"]) ? tool["parameters"] : null }];
  if (tool["type"] !== "custom") return [];
  return [{ name, parameters: { type: "object", properties: { input: { type: "string" } }, required: ["input"] } }];
}

function choiceOf(choice: Json | undefined): Prompt["toolChoice"] {
  if (choice === "none" || choice === "required") return { mode: choice, names: null };
  if (!isRecord(choice)) return { mode: "auto", names: null };
  if (choice["type"] === "function" || choice["type"] === "custom")
    return { mode: "required", names: [words(choice["name"])] };
  if (choice["type"] !== "allowed_tools") return { mode: "auto", names: null };
  const names = records(choice["tools"]).map((tool) => words(tool["name"]));
  return { mode: choice["mode"] === "required" ? "required" : "auto", names };
}

function resultsOf(items: readonly JsonObject[]): Prompt["results"] {
  const asked = items.findLastIndex(spoken);
  return items
    .slice(asked + 1)
    .filter(isCallOutput)
    .map((item) => {
      const call = items.find((one) => one["call_id"] === item["call_id"] && !isCallOutput(one));
      return { name: words(call?.["name"]), text: textOf(item) };
    });
}

function outputOf(format: Json | undefined): Prompt["output"] {
  if (!isRecord(format) || format["type"] === "text") return { type: "text" };
  if (format["type"] === "json_object") return { type: "json" };
  return { type: "schema", schema: isRecord(format["schema"]) ? format["schema"] : { type: "object" } };
}
