import { errors } from "@sluice/core";
import type { ChatRequest, JsonObject, Tool, ToolChoice, Warning } from "@sluice/core";
import { adaptSchema } from "@sluice/dialects";
import { cachePoint } from "./encode-content.ts";
import type { ContentContext } from "./encode-content.ts";

/** The tools of a request and how freely they may be used; undefined where there are none. */
export function encodeTools(request: ChatRequest, context: ContentContext): JsonObject | undefined {
  const { toolChoice, parallelToolCalls, providerTools = [] } = request;
  const { target, warn } = context;
  const own = providerTools.filter((tool) => tool.format === "bedrock-converse");
  // A hosted tool of another vendor would give another answer.
  if (own.length < providerTools.length) throw errors.REQUEST_UNSUPPORTED("tools", target.model);
  const offered = offeredTools(request, warn);
  if (offered.length + own.length === 0) return undefined;
  if (parallelToolCalls === false) {
    const message = `${target.model} decides itself how many calls it makes at a time.`;
    warn({ code: "dropped_parameter", message, field: "parallel_tool_calls" });
  }
  const choice = toolChoice && wireChoice(toolChoice, context);
  return {
    tools: [...offered.flatMap((tool) => encodeTool(tool, context)), ...own.map(({ item }) => item)],
    ...(choice === undefined ? {} : { toolChoice: choice }),
  };
}

/** There is no word for using none: then none is offered, unless the history has calls, which need their tools beside them. */
function offeredTools({ tools = [], toolChoice, messages }: ChatRequest, warn: (warning: Warning) => void): Tool[] {
  if (toolChoice?.type === "subset") return tools.filter(({ name }) => toolChoice.names.includes(name));
  if (toolChoice?.type !== "none" || tools.length === 0) return [...tools];
  const called = messages.some(({ parts }) => parts.some(({ type }) => type === "tool-call" || type === "tool-result"));
  if (!called) return [];
  warn({ code: "dropped_parameter", message: "The history has calls, so tools stay offered.", field: "tool_choice" });
  return [...tools];
}

function wireChoice(choice: ToolChoice, { names }: ContentContext): JsonObject | undefined {
  if (choice.type === "tool") return { tool: { name: names.toWire(choice.name) } };
  const isRequired = choice.type === "required" || (choice.type === "subset" && choice.mode === "required");
  return isRequired ? { any: {} } : undefined;
}

function encodeTool(tool: Tool, { names, target, warn }: ContentContext): JsonObject[] {
  const strict = tool.strict === true && target.quirks.strict === true;
  const field = `tools.${tool.name}`;
  if (tool.strict === true && !strict) {
    warn({ code: "dropped_parameter", message: `${target.model} has no strict tools.`, field: `${field}.strict` });
  }
  const loose = adaptSchema(tool.parameters ?? { type: "object", properties: {} }, "anthropic-tool");
  const adapted = strict ? adaptSchema(loose.schema, "anthropic") : loose;
  for (const { path, keyword } of strict ? [...loose.losses, ...adapted.losses] : loose.losses) {
    warn({ code: "schema_adapted", message: `"${keyword}" at ${path} became part of the description.`, field });
  }
  const toolSpec: JsonObject = {
    name: names.toWire(tool.name),
    ...(tool.description === undefined || tool.description === "" ? {} : { description: tool.description }),
    inputSchema: { json: adapted.schema },
    ...(strict ? { strict } : {}),
  };
  return [{ toolSpec }, ...cachePoint(tool.cache)];
}
