import type { JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import { checkTurns } from "./gemini-turns.ts";
import { normalized } from "./gemini-fields.ts";
import { base64Bytes } from "./media.ts";
import type { Medium, Prompt } from "./prompt.ts";
import { idOf } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";
import type { VendorCall } from "./vendor.ts";

/** The model and the action of `/v1beta/models/{model}:{action}`. */
export function targetOf(path: string): { model: string; action: string } | null {
  const [, model, action] =
    /^(?:\/[a-z-]+)*\/v1(?:alpha|beta)?\/models\/(.+):(\w+)$/.exec(decodeURIComponent(path)) ?? [];
  return model === undefined || action === undefined ? null : { model, action };
}

/** Reads and checks a generateContent request. */
export function readGemini(call: VendorCall, json: unknown): Prompt {
  const target = targetOf(call.path);
  if (target === null) throw new VendorError(404, "Requested entity was not found.");
  if (!isRecord(json)) throw invalid("Invalid JSON payload received. Expected an object.");
  const body = normalized(json);
  if (records(body["contents"]).length === 0)
    throw invalid("* GenerateContentRequest.contents: contents is not specified");
  checkTurns(records(body["contents"]), target.model);
  checkTools(body);
  checkConfig(configOf(body));
  return toPrompt(body, target.model, target.action === "streamGenerateContent", call.query.get("alt") === "sse");
}

function invalid(message: string): VendorError {
  return new VendorError(400, message);
}

function configOf(body: JsonObject): JsonObject {
  return isRecord(body["generationConfig"]) ? body["generationConfig"] : {};
}

function declarationsOf(body: JsonObject): JsonObject[] {
  return records(body["tools"]).flatMap((tool) => records(tool["functionDeclarations"]));
}

function checkTools(body: JsonObject): void {
  const declarations = declarationsOf(body);
  for (const [at, declaration] of declarations.entries()) {
    const path = `GenerateContentRequest.tools[0].function_declarations[${at}]`;
    if (!/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/.test(words(declaration["name"])))
      throw invalid(
        `* ${path}.name: Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.`,
      );
    if (declaration["parameters"] !== undefined && declaration["parametersJsonSchema"] !== undefined)
      throw invalid(`* ${path}: only one of parameters and parameters_json_schema can be set.`);
    checkObjects(declaration["parameters"], `${path}.parameters`);
  }
  const names = declarations.map((declaration) => words(declaration["name"]));
  if (new Set(names).size < names.length) throw invalid("Duplicate function declaration found.");
  const calling = callingOf(body);
  if (calling === null) return;
  const allowed = Array.isArray(calling["allowedFunctionNames"]) ? calling["allowedFunctionNames"].map(words) : [];
  const mode = words(calling["mode"]);
  if (!["", "MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"].includes(mode))
    throw invalid(
      `Invalid value at 'tool_config.function_calling_config.mode' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), "${mode}"`,
    );
  if (names.length === 0 && (mode === "ANY" || mode === "VALIDATED"))
    throw invalid("Function calling config is set without function_declarations.");
  if (allowed.length > 0 && mode !== "ANY" && mode !== "VALIDATED")
    throw invalid("Allowed function names should only be set when function calling mode is ANY or VALIDATED.");
  const stranger = allowed.find((name) => !names.includes(name));
  if (stranger !== undefined) throw invalid(`Allowed function name ${stranger} is not in the function declarations.`);
}

/** Objects of the OpenAPI form must not be empty, and arrays must say what is in them. */
function checkObjects(schema: unknown, path: string): void {
  if (!isRecord(schema)) return;
  const type = words(schema["type"]).toUpperCase();
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  if (type === "OBJECT" && Object.keys(properties).length === 0)
    throw invalid(`* ${path}.properties: should be non-empty for OBJECT type`);
  if (type === "ARRAY" && schema["items"] === undefined) throw invalid(`* ${path}.items: missing field.`);
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required.findIndex((name) => !(words(name) in properties));
  if (missing >= 0) throw invalid(`* ${path}.required[${missing}]: property is not defined`);
  for (const [name, part] of Object.entries(properties)) checkObjects(part, `${path}.properties[${name}]`);
  checkObjects(schema["items"], `${path}.items`);
}

function callingOf(body: JsonObject): JsonObject | null {
  const config = isRecord(body["toolConfig"]) ? body["toolConfig"]["functionCallingConfig"] : null;
  return isRecord(config) ? config : null;
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  temperature: [0, 2],
  topP: [0, 1],
  candidateCount: [1, 8],
  maxOutputTokens: [1, 65_536],
};

function checkConfig(config: JsonObject): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = config[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || value < least || value > most)
      throw invalid(
        `* GenerateContentRequest.generation_config.${name}: ${name} must be in the range [${least}, ${most}].`,
      );
  }
  if (Array.isArray(config["stopSequences"]) && config["stopSequences"].length > 5)
    throw invalid("The number of stop sequences must be at most 5.");
  const schemas = ["responseSchema", "responseJsonSchema"].filter((name) => config[name] !== undefined);
  if (schemas.length > 1) throw invalid("Only one of response_schema and response_json_schema can be set.");
  if (schemas.length > 0 && !/^(application\/json|text\/x\.enum)$/.test(words(config["responseMimeType"])))
    throw invalid(
      "* GenerateContentRequest.generation_config.response_mime_type: response schema needs application/json",
    );
  checkObjects(config["responseSchema"], "GenerateContentRequest.generation_config.response_schema");
  const thinking = isRecord(config["thinkingConfig"]) ? config["thinkingConfig"] : {};
  if (thinking["thinkingBudget"] !== undefined && thinking["thinkingLevel"] !== undefined)
    throw invalid("You can only set only one of thinking budget and thinking level.");
}

function toPrompt(body: JsonObject, model: string, stream: boolean, sse: boolean): Prompt {
  const contents = records(body["contents"]);
  const config = configOf(body);
  const user = contents.findLast((content) => content["role"] !== "model" && textOf(content) !== "");
  const asked = contents.findLastIndex((content) => content["role"] === "model");
  const fresh = contents.slice(asked + 1).flatMap((content) => records(content["parts"]));
  const calling = callingOf(body) ?? {};
  const thinking = isRecord(config["thinkingConfig"]) ? config["thinkingConfig"] : {};
  const thinks = thinking["thinkingBudget"] !== 0 && /gemini-(2\.5|[3-9])/.test(model);
  const system = isRecord(body["systemInstruction"]) ? textOf(body["systemInstruction"]) : "";
  return {
    model,
    stream,
    seed: idOf(32, model, JSON.stringify(body)),
    reading: [system, ...contents.map(textOf)].join("\n"),
    lastUserText: user === undefined ? "" : textOf(user),
    media: records(user?.["parts"]).flatMap(mediumOf),
    tools: declarationsOf(body).map((declaration) => {
      const parameters = declaration["parametersJsonSchema"] ?? declaration["parameters"];
      return { name: words(declaration["name"]), parameters: isRecord(parameters) ? parameters : null };
    }),
    toolChoice: {
      mode: calling["mode"] === "NONE" ? "none" : calling["mode"] === "ANY" ? "required" : "auto",
      names: Array.isArray(calling["allowedFunctionNames"]) ? calling["allowedFunctionNames"].map(words) : null,
    },
    parallelCalls: true,
    results: fresh.flatMap((part) => {
      const result = part["functionResponse"];
      return isRecord(result) ? [{ name: words(result["name"]), text: resultText(result["response"]) }] : [];
    }),
    output: outputOf(config),
    thinking: { on: thinks, shown: thinks && thinking["includeThoughts"] === true },
    stop: Array.isArray(config["stopSequences"]) ? config["stopSequences"].map(words) : [],
    maxTokens: (config["maxOutputTokens"] ?? null) as number | null,
    choices: (config["candidateCount"] ?? 1) as number,
    logprobs: config["responseLogprobs"] === true,
    cache: { read: typeof body["cachedContent"] === "string" ? 0.5 : 0, write: 0 },
    wishes: { sse },
  };
}

function outputOf(config: JsonObject): Prompt["output"] {
  if (config["responseMimeType"] !== "application/json") return { type: "text" };
  const schema = config["responseJsonSchema"] ?? config["responseSchema"];
  return isRecord(schema) ? { type: "schema", schema } : { type: "json" };
}

function textOf(content: JsonObject): string {
  return records(content["parts"])
    .filter((part) => part["thought"] !== true)
    .map((part) => words(part["text"]))
    .join("");
}

function resultText(response: unknown): string {
  if (!isRecord(response)) return "";
  const output = response["output"] ?? response["result"] ?? response["error"] ?? response;
  return typeof output === "string" ? output : JSON.stringify(output);
}

function mediumOf(part: JsonObject): Medium[] {
  const { inlineData, fileData } = part;
  if (isRecord(inlineData))
    return [{ mediaType: words(inlineData["mimeType"]), bytes: base64Bytes(inlineData["data"]), url: null }];
  return isRecord(fileData)
    ? [{ mediaType: words(fileData["mimeType"]) || null, bytes: null, url: words(fileData["fileUri"]) }]
    : [];
}
