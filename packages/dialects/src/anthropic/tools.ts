import { errors } from "@sluice/core";
import type { ChatRequest, JsonObject, ProviderTool, Tool, ToolChoice, UpstreamTarget, Warning } from "@sluice/core";
import type { NameMap } from "../names.ts";
import { hostedTool } from "../hosted-tools.ts";
import { restOf } from "../rest.ts";
import { adaptSchema } from "../schema/index.ts";
import { cacheControl, cacheMark } from "./cache.ts";
import { followsSchemas } from "./output.ts";
import { as, flag, list, need, object, take, text } from "../fields.ts";
import { defined } from "../members.ts";

type Warn = (warning: Warning) => void;

export function decodeTools(body: JsonObject): Pick<ChatRequest, "tools" | "providerTools"> {
  const tools: Tool[] = [];
  const providerTools: ProviderTool[] = [];
  for (const [index, value] of (take(body, "tools", list) ?? []).entries()) {
    const path = `tools[${index}]`;
    const item = as(value, object, path);
    const type = take(item, "type", text, `${path}.`);
    if (type === undefined || type === "custom") tools.push(decodeTool(item, path));
    else providerTools.push({ format: "anthropic", item });
  }
  return defined({
    tools: tools.length > 0 ? tools : undefined,
    providerTools: providerTools.length > 0 ? providerTools : undefined,
  });
}

function decodeTool(item: JsonObject, path: string): Tool {
  return defined<Tool>({
    name: need(item, "name", text, `${path}.`),
    description: take(item, "description", text, `${path}.`),
    parameters: take(item, "input_schema", object, `${path}.`),
    strict: take(item, "strict", flag, `${path}.`),
    cache: cacheMark(item, path),
    ...restOf(item, toolFields),
  });
}

const toolFields: ReadonlySet<string> = new Set([
  "type",
  "name",
  "description",
  "input_schema",
  "strict",
  "cache_control",
]);

export function decodeToolChoice(body: JsonObject): Pick<ChatRequest, "toolChoice" | "parallelToolCalls"> {
  const choice = take(body, "tool_choice", object);
  if (choice === undefined) return {};
  const oneAtATime = take(choice, "disable_parallel_tool_use", flag, "tool_choice.");
  return defined({
    toolChoice: namedChoice(choice),
    parallelToolCalls: oneAtATime === undefined ? undefined : !oneAtATime,
  });
}

function namedChoice(choice: JsonObject): ToolChoice {
  const type = need(choice, "type", text, "tool_choice.");
  switch (type) {
    case "auto":
    case "none":
      return { type };
    case "any":
      return { type: "required" };
    case "tool":
      return { type, name: need(choice, "name", text, "tool_choice.") };
    default:
      throw errors.REQUEST_INVALID("tool_choice.type", 'must be "auto", "any", "tool" or "none"');
  }
}

/** The tools of a request for an upstream. Hosted tools of another vendor are refused: the answer would be another one. */
export function encodeTools(request: ChatRequest, target: UpstreamTarget, names: NameMap, warn: Warn): JsonObject[] {
  const offered = request.toolChoice?.type === "subset" ? new Set(request.toolChoice.names) : null;
  const tools = (request.tools ?? []).filter((tool) => offered === null || offered.has(tool.name));
  const hosted = request.providerTools ?? [];
  const native = request.origin.dialect === "anthropic";
  const own = hosted.map((tool) => {
    const item = hostedTool(tool, "anthropic", warn);
    if (item !== null) return item;
    throw errors.REQUEST_UNSUPPORTED("tools", target.model, "Leave out tools that another vendor runs itself.");
  });
  return [...tools.map((tool) => encodeTool(tool, { target, names, native, warn })), ...own];
}

interface ToolContext {
  target: UpstreamTarget;
  names: NameMap;
  /** Whether the caller speaks this dialect: then what only it knows of a tool goes on. */
  native: boolean;
  warn: Warn;
}

function encodeTool(tool: Tool, { target, names, native, warn }: ToolContext): JsonObject {
  const strict = tool.strict === true && target.quirks.strict !== false && followsSchemas(target);
  const field = `tools.${tool.name}`;
  if (tool.strict === true && !strict) {
    warn({ code: "dropped_parameter", message: `${target.model} has no strict tools.`, field: `${field}.strict` });
  }
  return defined({
    name: names.toWire(tool.name),
    description: tool.description,
    input_schema: inputSchema(tool, strict, warn, field),
    strict: strict || undefined,
    cache_control: cacheControl(tool.cache),
    ...(native ? tool.rest : {}),
  });
}

function inputSchema(tool: Tool, strict: boolean, warn: Warn, field: string): JsonObject {
  if (tool.parameters === undefined) return { type: "object", properties: {} };
  const loose = adaptSchema(tool.parameters, "anthropic-tool");
  const adapted = strict ? adaptSchema(loose.schema, "anthropic") : loose;
  for (const { path, keyword } of strict ? [...loose.losses, ...adapted.losses] : loose.losses) {
    warn({ code: "schema_adapted", message: `"${keyword}" at ${path} became part of the description.`, field });
  }
  return adapted.schema;
}

/** `tool_choice`; nothing where there are no tools or the default says the same. */
export function encodeToolChoice(request: ChatRequest, names: NameMap): JsonObject | undefined {
  const { toolChoice, parallelToolCalls } = request;
  const choice = wireChoice(toolChoice, names);
  if (parallelToolCalls !== false || choice?.type === "none") return choice;
  return { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: true };
}

function wireChoice(choice: ToolChoice | undefined, names: NameMap): JsonObject | undefined {
  switch (choice?.type) {
    case undefined:
      return undefined;
    case "auto":
    case "none":
      return { type: choice.type };
    case "required":
      return { type: "any" };
    case "tool":
      return { type: "tool", name: names.toWire(choice.name) };
    case "subset":
      return { type: choice.mode === "required" ? "any" : "auto" };
  }
}
