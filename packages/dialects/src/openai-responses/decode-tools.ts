import { isObject } from "@sluice/core";
import type { Json, JsonObject, ProviderTool, Tool, ToolChoice } from "@sluice/core";
import { decodeCustom } from "../openai-chat/decode-tools.ts";
import { restOf } from "../rest.ts";
import { as, flag, list, need, object, oneOf, take, text } from "../fields.ts";
import { defined } from "../members.ts";

/** The tools of a request, by who runs them and how they are called. */
export interface DecodedTools {
  tools: Tool[];
  providerTools: ProviderTool[];
  /** Tools that take free text, as they were defined. */
  custom: Record<string, JsonObject>;
}

export function decodeTools(body: JsonObject): DecodedTools {
  const decoded: DecodedTools = { tools: [], providerTools: [], custom: {} };
  for (const [index, value] of (take(body, "tools", list) ?? []).entries()) {
    const at = `tools[${index}].`;
    const item = as(value, object, `tools[${index}]`);
    const type = need(item, "type", text, at);
    if (type === "function") {
      decoded.tools.push(decodeFunction(item, at));
    } else if (type === "custom") {
      const tool = decodeCustom(inChatForm(item), at);
      decoded.tools.push(tool);
      decoded.custom[tool.name] = item;
    } else {
      decoded.providerTools.push({ format: "openai-responses", item });
    }
  }
  return decoded;
}

/** Chat holds the grammar of a custom tool one level deeper. */
function inChatForm(item: JsonObject): JsonObject {
  const { format } = item;
  if (!isObject(format) || format.type !== "grammar") return item;
  const { type, ...grammar } = format;
  return { ...item, format: { type, grammar } };
}

const functionFields: ReadonlySet<string> = new Set(["type", "name", "description", "parameters", "strict"]);

function decodeFunction(item: JsonObject, at: string): Tool {
  return {
    name: need(item, "name", text, at),
    ...defined({
      description: take(item, "description", text, at),
      parameters: take(item, "parameters", object, at),
      strict: take(item, "strict", flag, at),
    }),
    ...restOf(item, functionFields),
  };
}

/** Undefined for a choice of a tool that the vendor runs. */
export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") return { type: as(choice, oneOf(["auto", "none", "required"]), "tool_choice") };
  const given = as(choice, object, "tool_choice");
  const type = need(given, "type", text, "tool_choice.");
  if (type === "function" || type === "custom")
    return { type: "tool", name: need(given, "name", text, "tool_choice.") };
  if (type !== "allowed_tools") return undefined;
  const tools = need(given, "tools", list, "tool_choice.");
  if (!tools.every(isCallable)) return undefined;
  return {
    type: "subset",
    mode: need(given, "mode", oneOf(["auto", "required"]), "tool_choice."),
    names: tools.map((tool, index) =>
      need(as(tool, object, "tool_choice.tools"), "name", text, `tool_choice.tools[${index}].`),
    ),
  };
}

function isCallable(tool: Json): boolean {
  return isObject(tool) && (tool.type === "function" || tool.type === "custom");
}
