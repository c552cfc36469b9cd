import { isObject, stringOf } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import type { ContractVersion } from "./contract.ts";

/** A part or result in the form of V4; its values may still be bytes and addresses. */
type Members = Record<string, unknown>;

/** How one version of the contract differs from V4, which the bridge's wire is written in. */
export interface ContractForm {
  /** Call options, and what had no word in them as warnings of V4. */
  options(options: JsonObject): { options: Members; warnings: Json[] };
  part(part: Members): Members;
  result(result: object): Members;
  /** A result of a model that is no language model. */
  plain(result: object): JsonObject;
}

const asItIs = (result: object): JsonObject => result as JsonObject;

const v4: ContractForm = {
  options: (options) => ({ options: { ...options, prompt: revived(options["prompt"]) }, warnings: [] }),
  part: (part) => part,
  result: (result) => result as Members,
  plain: asItIs,
};

const v3: ContractForm = {
  options: (options) => olderOptions(options, { media: mediaV3, tool: (tool) => tool }),
  part: withFileData,
  result: (result) => mapContent(result as Members, withFileData),
  plain: asItIs,
};

const v2: ContractForm = {
  options: (options) => olderOptions(options, { media: mediaV2, tool: toolV2 }),
  part: partV2,
  result: (result) => {
    const { finishReason, usage, warnings, ...rest } = result as Members;
    const ending = { finishReason: finishV2(finishReason), usage: usageV2(usage), warnings: warningsV2(warnings) };
    return mapContent({ ...rest, ...ending }, withFileData);
  },
  plain: (result) => ({ ...result, warnings: warningsV2((result as Members)["warnings"]) }),
};

export const versions: Readonly<Record<ContractVersion, ContractForm>> = { v2, v3, v4 };

/** V4 has addresses as objects. */
function revived(value: Json | undefined): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (!isObject(value)) return value;
  if (value["type"] === "url" && typeof value["url"] === "string") return { ...value, url: new URL(value["url"]) };
  const revivable = ["content", "data", "output", "value"].filter((name) => value[name] !== undefined);
  return { ...value, ...Object.fromEntries(revivable.map((name) => [name, revived(value[name])])) };
}

interface Older {
  /** Media in the result of a tool; null where there is no word for it. */
  media: (part: JsonObject, data: JsonObject) => JsonObject | null;
  tool: (tool: JsonObject) => JsonObject;
}

/** V2 and V3 have no reasoning effort, no tagged data and no parts of the vendor's own. */
function olderOptions(options: JsonObject, older: Older): { options: Members; warnings: Json[] } {
  const { prompt, reasoning, tools, ...rest } = options;
  const warnings: Json[] = [];
  const unsupported = (feature: string) => {
    const details = "this version of the AI SDK's contract has no word for it; see provider_options.";
    warnings.push({ type: "unsupported", feature, details });
  };
  if (reasoning !== undefined) unsupported("reasoning");
  const messages = (prompt as JsonObject[]).map((message) => olderMessage(message, older, unsupported));
  const offered = (tools as JsonObject[] | undefined)?.map((tool) => {
    const written = older.tool(tool);
    if (tool["strict"] !== undefined && written["strict"] === undefined) unsupported("strict");
    return written;
  });
  return { options: { ...rest, prompt: messages, ...(offered === undefined ? {} : { tools: offered }) }, warnings };
}

type Unsupported = (feature: string) => void;

function olderMessage(message: JsonObject, older: Older, unsupported: Unsupported): Members {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  const parts = content.filter(isObject).flatMap((part): Members[] => {
    if (part["type"] === "custom" || part["type"] === "reasoning-file") {
      unsupported(`a part of the type ${part["type"]}`);
      return [];
    }
    if (part["type"] === "file") return [{ ...part, data: untagged(part["data"]) }];
    if (part["type"] === "tool-result") return [{ ...part, output: olderOutput(part["output"], older, unsupported) }];
    return [part];
  });
  return { ...message, content: parts };
}

function untagged(data: Json | undefined): unknown {
  if (!isObject(data)) return data;
  return data["type"] === "url" ? new URL(stringOf(data["url"]) ?? "") : data["data"];
}

function olderOutput(output: Json | undefined, older: Older, unsupported: Unsupported): Json | undefined {
  if (!isObject(output) || output["type"] !== "content" || !Array.isArray(output["value"])) return output;
  const value = output["value"].filter(isObject).flatMap((part) => {
    if (part["type"] !== "file" || !isObject(part["data"])) return [part];
    const media = older.media(part, part["data"]);
    if (media === null) unsupported("media by address in the result of a tool");
    return media === null ? [] : [media];
  });
  return { ...output, value };
}

function mediaV3({ mediaType, filename }: JsonObject, data: JsonObject): JsonObject {
  const kind = stringOf(mediaType)?.startsWith("image/") ? "image" : "file";
  if (data["type"] === "url") return { type: `${kind}-url`, url: data["url"] };
  const named = kind === "file" && filename !== undefined ? { filename } : {};
  return { type: `${kind}-data`, data: data["data"], mediaType, ...named };
}

function mediaV2({ mediaType }: JsonObject, data: JsonObject): JsonObject | null {
  return data["type"] === "url" ? null : { type: "media", data: data["data"], mediaType };
}

function toolV2({ strict: _strict, ...tool }: JsonObject): JsonObject {
  return tool["type"] === "provider" ? { ...tool, type: "provider-defined" } : tool;
}

/** Files of V2 and V3 are bare bytes or base64. */
function withFileData(part: Members): Members {
  return part["type"] === "file" ? { ...part, data: { type: "data", data: part["data"] } } : part;
}

function mapContent(result: Members, map: (part: Members) => Members): Members {
  const { content } = result;
  return Array.isArray(content) ? { ...result, content: content.map((part) => map(part as Members)) } : result;
}

function partV2(part: Members): Members {
  if (part["type"] === "stream-start") return { ...part, warnings: warningsV2(part["warnings"]) };
  if (part["type"] !== "finish") return withFileData(part);
  return { ...part, finishReason: finishV2(part["finishReason"]), usage: usageV2(part["usage"]) };
}

/** V2 says `unknown` where nothing was sent, so `other` is a reason. */
function finishV2(reason: unknown): JsonObject {
  if (reason === "unknown" || typeof reason !== "string") return { unified: "other" };
  return reason === "other" ? { unified: "other", raw: "other" } : { unified: reason };
}

/** V2 does not say whether cached tokens are inside the input; more of them than input are not. */
function usageV2(usage: unknown): JsonObject {
  const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens } = (usage ?? {}) as Record<string, number>;
  const isOutside = (cachedInputTokens ?? 0) > (inputTokens ?? 0);
  const total = inputTokens === undefined ? undefined : inputTokens + (isOutside ? (cachedInputTokens ?? 0) : 0);
  return {
    inputTokens: { total, cacheRead: cachedInputTokens },
    outputTokens: { total: outputTokens, reasoning: reasoningTokens },
  };
}

function warningsV2(warnings: unknown): Json[] {
  if (!Array.isArray(warnings)) return [];
  return warnings.filter(isObject).map((warning): Json => {
    const { type, setting, tool, details } = warning;
    if (type === "unsupported-setting") return { type: "unsupported", feature: setting, details };
    if (type !== "unsupported-tool") return warning;
    const name = isObject(tool) ? stringOf(tool["name"]) : undefined;
    return { type: "unsupported", feature: `tool ${name ?? "?"}`, details };
  });
}
