import { errors } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, Tool } from "@sluice/core";
import { strictParameters } from "../openai-chat/encode-tools.ts";
import { hostedTool } from "../hosted-tools.ts";
import { defined } from "../members.ts";
import type { EncodeContext } from "./encode-request.ts";

/** Tools and how they may be called. */
export function toolMembers(context: EncodeContext): JsonObject {
  const { request, own } = context;
  const { toolChoice } = request;
  const subset = toolChoice?.type === "subset" && !own ? new Set(toolChoice.names) : null;
  const offered = (request.tools ?? []).filter((tool) => subset === null || subset.has(tool.name));
  const tools = [...offered.map((tool) => encodeTool(tool, context)), ...hostedTools(context)];
  if (tools.length === 0) return {};
  return defined({
    tools,
    tool_choice: encodeToolChoice(context),
    parallel_tool_calls: request.parallelToolCalls,
  });
}

function hostedTools({ request, target, warn }: EncodeContext): JsonObject[] {
  return (request.providerTools ?? []).map((tool) => {
    const item = hostedTool(tool, "openai-responses", warn);
    if (item !== null) return item;
    throw errors.REQUEST_UNSUPPORTED(
      "tools",
      target.model,
      "Its vendor does not run this tool; send a function instead.",
    );
  });
}

function encodeTool(tool: Tool, context: EncodeContext): JsonObject {
  const custom = context.prefers.custom?.[tool.name];
  if (custom !== undefined) return custom;
  const { parameters, strict } = strictParameters(tool, context);
  const name = context.names.toWire(tool.name);
  // This dialect is strict where nothing is said, and no other one is.
  const isStrict = strict ?? (context.own ? undefined : false);
  const rest = context.own ? tool.rest : undefined;
  return defined({ type: "function", name, description: tool.description, parameters, strict: isStrict, ...rest });
}

function encodeToolChoice(context: EncodeContext): Json | undefined {
  const { request, names, own, prefers } = context;
  const choice = request.toolChoice;
  if (choice === undefined) return undefined;
  if (choice.type === "tool" && isHosted(choice.name, request)) return hostedChoice(context);
  const named = (name: string) => ({
    type: prefers.custom?.[name] === undefined ? "function" : "custom",
    name: names.toWire(name),
  });
  if (choice.type === "tool") return named(choice.name);
  if (choice.type !== "subset") return choice.type;
  return own ? { type: "allowed_tools", mode: choice.mode, tools: choice.names.map(named) } : choice.mode;
}

/** Claude's clients call by a name what the vendor runs. */
function isHosted(name: string, { providerTools = [] }: ChatRequest): boolean {
  return providerTools.some(({ format, item }) => format !== "openai-responses" && item["name"] === name);
}

/** Not every tool of the vendor's own can be named here; where there is but one tool, it need not be. */
function hostedChoice({ request, warn }: EncodeContext): Json {
  const { tools = [], providerTools = [] } = request;
  if (tools.length + providerTools.length > 1) {
    const message = "A tool of the vendor's own cannot be named here: some tool is called.";
    warn({ code: "dropped_parameter", message, field: "tool_choice" });
  }
  return "required";
}
