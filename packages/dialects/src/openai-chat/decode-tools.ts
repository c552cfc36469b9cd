import { isObject } from "@sluice/core";
import type { Json, JsonObject, ProviderTool, Tool, ToolChoice } from "@sluice/core";
import { isForeignForm } from "../hosted-tools.ts";
import { restOf } from "../rest.ts";
import { cacheOf } from "./cache-marks.ts";
import { as, flag, list, need, object, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

/** The tools of a request, by who runs them and how they are called. */
export interface DecodedTools {
  tools: Tool[];
  providerTools: ProviderTool[];
  customTools: string[];
}

export function decodeTools(body: JsonObject): DecodedTools {
  const decoded: DecodedTools = { tools: [], providerTools: [], customTools: [] };
  for (const [index, value] of (take(body, "functions", list) ?? []).entries()) {
    decoded.tools.push(decodeFunction(as(value, object, `functions[${index}]`), `functions[${index}].`));
  }
  for (const [index, value] of (take(body, "tools", list) ?? []).entries()) {
    const tool = as(value, object, `tools[${index}]`);
    const type = take(tool, "type", text, `tools[${index}].`) ?? (isForeignForm(tool, "gemini") ? "" : "function");
    if (type === "function") {
      const at = `tools[${index}].function.`;
      decoded.tools.push({
        ...decodeFunction(need(tool, "function", object, `tools[${index}].`), at),
        ...cacheOf(tool),
      });
    } else if (type === "custom") {
      const custom = decodeCustom(need(tool, "custom", object, `tools[${index}].`), `tools[${index}].custom.`);
      decoded.tools.push(custom);
      decoded.customTools.push(custom.name);
    } else {
      decoded.providerTools.push({ format: "openai-chat", item: tool });
    }
  }
  const search = take(body, "web_search_options", object);
  if (search) decoded.providerTools.push({ format: "openai-chat", item: { web_search_options: search } });
  return decoded;
}

function decodeFunction(tool: JsonObject, at: string): Tool {
  return {
    name: need(tool, "name", text, at),
    ...defined({
      description: take(tool, "description", text, at),
      parameters: take(tool, "parameters", object, at),
      strict: take(tool, "strict", flag, at),
    }),
    ...restOf(tool, functionFields),
  };
}

const functionFields: ReadonlySet<string> = new Set(["name", "description", "parameters", "strict"]);

/** Free text becomes a function with one string; a grammar can only be told in words. */
export function decodeCustom(tool: JsonObject, at: string): Tool {
  const format = take(tool, "format", object, at);
  const grammar = isObject(format?.grammar)
    ? `The input follows this grammar: ${JSON.stringify(format.grammar)}`
    : null;
  const description = [take(tool, "description", text, at), grammar].filter(Boolean).join("\n\n");
  return {
    name: need(tool, "name", text, at),
    ...(description === "" ? {} : { description }),
    parameters: { type: "object", properties: { input: { type: "string" } }, required: ["input"] },
  };
}

const choiceWords = ["auto", "none", "required", "any"] as const;

export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") {
    const word = as(choice, oneOf(choiceWords), "tool_choice");
    return { type: word === "any" ? "required" : word };
  }
  const given = as(choice, object, "tool_choice");
  const type = need(given, "type", oneOf(["function", "custom", "allowed_tools"]), "tool_choice.");
  const at = `tool_choice.${type}.`;
  const inner = need(given, type, object, "tool_choice.");
  if (type !== "allowed_tools") return { type: "tool", name: need(inner, "name", text, at) };
  return {
    type: "subset",
    mode: need(inner, "mode", oneOf(["auto", "required"]), at),
    names: need(inner, "tools", list, at).map((tool, index) => allowedName(tool, `${at}tools[${index}]`)),
  };
}

function allowedName(tool: Json, at: string): string {
  const given = as(tool, object, at);
  const named = isObject(given.custom) ? given.custom : need(given, "function", object, `${at}.`);
  return need(named, "name", text, `${at}.`);
}

/** The legacy form of a tool choice. */
export function decodeFunctionCall(body: JsonObject): ToolChoice | undefined {
  const choice = body.function_call;
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") return { type: as(choice, oneOf(["auto", "none"]), "function_call") };
  return { type: "tool", name: need(as(choice, object, "function_call"), "name", text, "function_call.") };
}
