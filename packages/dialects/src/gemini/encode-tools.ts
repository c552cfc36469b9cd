import { errors, isObject } from "@sluice/core";
import type { ChatRequest, JsonObject, Tool, ToolChoice, UpstreamTarget, Warning } from "@sluice/core";
import type { NameMap, NameRule } from "../names.ts";
import { hostedTool } from "../hosted-tools.ts";
import { adaptSchema } from "../schema/index.ts";

export const nameRule: NameRule = { pattern: /^[A-Za-z_][A-Za-z0-9_.:-]*$/, maxLength: 128, replacement: "_" };

type Warn = (warning: Warning) => void;

/** Where schemas go: the JSON Schema fields, or, where a provider renames them, their OpenAPI forerunners. */
export function schemaForm(target: UpstreamTarget, field: "parametersJsonSchema" | "responseJsonSchema") {
  const older = { parametersJsonSchema: "parameters", responseJsonSchema: "responseSchema" } as const;
  const isOlder = target.quirks.rename?.[field] === older[field];
  return isOlder
    ? { field: older[field], target: "gemini-openapi" as const }
    : { field, target: "gemini-json" as const };
}

/** The `tools` and the `toolConfig` of a request; empty where there is none. */
export function encodeTools(request: ChatRequest, target: UpstreamTarget, names: NameMap, warn: Warn): JsonObject {
  const offered = offeredTools(request);
  const isOwn = request.origin.dialect === "gemini";
  const declarations = offered.map((tool) => ({
    ...encodeTool(tool, target, names, warn),
    ...(isOwn ? tool.rest : {}),
  }));
  const own = (request.providerTools ?? []).map(({ format, item }) => {
    const own = hostedTool({ format, item }, "gemini", warn);
    if (own !== null) return own;
    throw errors.REQUEST_UNSUPPORTED("tools", target.model, "Leave out tools that another vendor runs itself.");
  });
  const tools = [...(declarations.length > 0 ? [{ functionDeclarations: declarations }] : []), ...own];
  if (request.parallelToolCalls === false && declarations.length > 0) {
    const message = "This upstream cannot be held to one call at a time.";
    warn({ code: "dropped_parameter", message, field: "parallel_tool_calls" });
  }
  const calling = declarations.length === 0 ? null : encodeChoice(request.toolChoice, offered, names);
  return {
    ...(tools.length === 0 ? {} : { tools }),
    ...(calling === null ? {} : { toolConfig: { functionCallingConfig: calling } }),
  };
}

/** A free choice among some tools is a choice among fewer tools. */
function offeredTools({ tools = [], toolChoice }: ChatRequest): Tool[] {
  if (toolChoice?.type !== "subset" || toolChoice.mode !== "auto") return tools;
  return tools.filter((tool) => toolChoice.names.includes(tool.name));
}

function encodeTool(tool: Tool, target: UpstreamTarget, names: NameMap, warn: Warn): JsonObject {
  const declaration: JsonObject = { name: names.toWire(tool.name) };
  if (tool.description !== undefined) declaration["description"] = tool.description;
  if (tool.parameters === undefined || takesNothing(tool.parameters)) return declaration;
  const form = schemaForm(target, "parametersJsonSchema");
  const { schema, losses } = adaptSchema(tool.parameters, form.target);
  warnOfLosses(losses, `tools.${tool.name}`, warn);
  return { ...declaration, [form.field]: schema };
}

/** Objects without properties are refused in some versions; no parameters mean the same. */
function takesNothing(parameters: JsonObject): boolean {
  const { properties, type } = parameters;
  const isEmpty = properties === undefined || (isObject(properties) && Object.keys(properties).length === 0);
  const isObjectType = type === undefined || type === "object";
  const says = Object.keys(parameters).some((keyword) => /^(\$ref|anyOf|oneOf|allOf|patternProperties)$/.test(keyword));
  return isEmpty && isObjectType && !says && !isObject(parameters["additionalProperties"]);
}

export function warnOfLosses(losses: readonly { path: string; keyword: string }[], field: string, warn: Warn): void {
  if (losses.length === 0) return;
  const told = losses.slice(0, 5).map((loss) => `${loss.keyword} at ${loss.path}`);
  const more = losses.length > told.length ? ` and ${losses.length - told.length} more` : "";
  warn({ code: "schema_loss", message: `Not enforced by this upstream: ${told.join(", ")}${more}.`, field });
}

function encodeChoice(choice: ToolChoice | undefined, tools: readonly Tool[], names: NameMap): JsonObject | null {
  const free = tools.some((tool) => tool.strict === true) ? { mode: "VALIDATED" } : null;
  switch (choice?.type) {
    case undefined:
      return free;
    case "auto":
      return free ?? { mode: "AUTO" };
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [names.toWire(choice.name)] };
    case "subset":
      if (choice.mode === "auto") return free ?? { mode: "AUTO" };
      return { mode: "ANY", allowedFunctionNames: choice.names.map((name) => names.toWire(name)) };
  }
}
