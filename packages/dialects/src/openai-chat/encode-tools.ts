import { errors } from "@sluice/core";
import type { ChatRequest, Json, JsonObject, ProviderTool, Tool } from "@sluice/core";
import type { NameMap } from "../names.ts";
import { adaptSchema } from "../schema/index.ts";
import { cacheMember } from "./encode-message.ts";
import { looseSchema, sameDemands } from "./encode-output.ts";
import type { OutputContext } from "./encode-output.ts";
import type { EncodeContext } from "./encode-request.ts";
import { defined } from "../members.ts";

/** Tools and how they may be called. */
export function toolMembers(context: EncodeContext): JsonObject {
  const { request, names, own } = context;
  const { toolChoice } = request;
  const subset = toolChoice?.type === "subset" && !own ? new Set(toolChoice.names) : null;
  const offered = (request.tools ?? []).filter((tool) => subset === null || subset.has(tool.name));
  const tools = [...offered.map((tool) => encodeTool(tool, context)), ...hostedTools(context)];
  const search = searchMembers(context);
  if (tools.length === 0) return search;
  return defined({
    ...search,
    tools,
    tool_choice: encodeToolChoice(request.toolChoice, names, own),
    parallel_tool_calls: request.parallelToolCalls,
  });
}

/** Searching is no tool here but an option of the request. */
function searchMembers({ request }: EncodeContext): JsonObject {
  const search = (request.providerTools ?? []).find(isSearch);
  return search ? search.item : {};
}

function isSearch({ format, item }: ProviderTool): boolean {
  return format === "openai-chat" && item.web_search_options !== undefined;
}

function hostedTools({ request, target }: EncodeContext): JsonObject[] {
  const hosted = (request.providerTools ?? []).filter((tool) => !isSearch(tool));
  return hosted.map((tool) => {
    if (tool.format === "openai-chat") return tool.item;
    throw errors.REQUEST_UNSUPPORTED(
      "tools",
      target.model,
      "Its vendor does not run this tool; send a function instead.",
    );
  });
}

const noParameters: JsonObject = { type: "object", properties: {} };

function encodeTool(tool: Tool, context: EncodeContext): JsonObject {
  const { strict, parameters } = strictParameters(tool, context);
  return {
    type: "function",
    function: defined({
      name: context.names.toWire(tool.name),
      description: tool.description,
      parameters,
      strict,
      ...(context.own ? tool.rest : {}),
    }),
    ...cacheMember(tool.cache, context),
  };
}

/** Arguments stream, so strictness is asked for only where the answer needs no repair afterwards. */
export function strictParameters(
  tool: Tool,
  context: OutputContext,
): { parameters: JsonObject; strict: boolean | undefined } {
  const parameters = tool.parameters ?? noParameters;
  if (!tool.strict || context.own || context.target.quirks.strict !== true) return { parameters, strict: tool.strict };
  const adapted = adaptSchema(parameters, "openai-strict");
  if (adapted.losses.length === 0 && sameDemands(adapted.schema, parameters)) {
    return { parameters: adapted.schema, strict: true };
  }
  context.warn(looseSchema(`tools.${tool.name}`));
  return { parameters, strict: undefined };
}

function encodeToolChoice(choice: ChatRequest["toolChoice"], names: NameMap, own: boolean): Json | undefined {
  if (choice === undefined) return undefined;
  if (choice.type === "tool") return { type: "function", function: { name: names.toWire(choice.name) } };
  if (choice.type !== "subset") return choice.type;
  if (!own) return choice.mode;
  const tools = choice.names.map((name) => ({ type: "function", function: { name: names.toWire(name) } }));
  return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools } };
}
