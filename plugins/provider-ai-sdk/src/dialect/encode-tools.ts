import { errors, isObject, stringOf } from "@sluice/core";
import type { CacheMark, ChatRequest, Json, JsonObject, ProviderTool, Tool, UpstreamTarget } from "@sluice/core";
import type { NameMap } from "@sluice/dialects";
import { present } from "./present.ts";

/** Functions, then tools that the vendor runs itself; absent where there are none. */
export function encodeTools(request: ChatRequest, target: UpstreamTarget, names: NameMap): Json[] | undefined {
  const functions = offeredTools(request).map((tool) => encodeFunction(tool, names));
  const hosted = (request.providerTools ?? []).map((tool) => encodeProviderTool(tool, target));
  return functions.length + hosted.length === 0 ? undefined : [...functions, ...hosted];
}

/** The contract has no choice among some of the tools; offering those alone says the same. */
function offeredTools({ tools = [], toolChoice }: ChatRequest): Tool[] {
  if (toolChoice?.type !== "subset") return tools;
  return tools.filter((tool) => toolChoice.names.includes(tool.name));
}

function encodeFunction(tool: Tool, names: NameMap): JsonObject {
  return present({
    type: "function",
    name: names.toWire(tool.name),
    description: tool.description,
    inputSchema: tool.parameters ?? { type: "object", properties: {} },
    strict: tool.strict,
    providerOptions: cacheOptions(tool.cache),
  });
}

/** A tool of the package, in the AI SDK's own form: `{ type: "provider", id: "anthropic.web_search_20260209", args }`. */
function encodeProviderTool({ item }: ProviderTool, target: UpstreamTarget): JsonObject {
  const id = stringOf(item["id"]);
  const isOurs = item["type"] === "provider" && id !== undefined && id.includes(".");
  if (!isOurs) {
    const hint =
      'Write it as the AI SDK does: { "type": "provider", "id": "<package>.<tool>", "name": "…", "args": {} }.';
    throw errors.REQUEST_UNSUPPORTED("tools", target.model, hint);
  }
  const name = stringOf(item["name"]) ?? id.slice(id.lastIndexOf(".") + 1);
  return { type: "provider", id, name, args: isObject(item["args"]) ? item["args"] : {} };
}

export function encodeToolChoice(request: ChatRequest, names: NameMap): JsonObject | undefined {
  const { toolChoice, tools = [], providerTools = [] } = request;
  // A choice without tools says nothing, and some vendors refuse it.
  if (toolChoice === undefined || tools.length + providerTools.length === 0) return undefined;
  if (toolChoice.type === "tool") return { type: "tool", toolName: names.toWire(toolChoice.name) };
  return { type: toolChoice.type === "subset" ? toolChoice.mode : toolChoice.type };
}

/**
 * A mark for the vendor's prompt cache. The contract has none: each package reads its own, and passes over those of others.
 * Read in the sources of the packages for Anthropic and Amazon Bedrock on 2026-11-20.
 */
export function cacheOptions(cache: CacheMark | undefined): JsonObject | undefined {
  if (cache === undefined) return undefined;
  const ttl = cache.ttl === undefined ? {} : { ttl: cache.ttl };
  return {
    anthropic: { cacheControl: { type: "ephemeral", ...ttl } },
    bedrock: { cachePoint: { type: "default", ...ttl } },
  };
}
