import type { JsonObject, ProviderTool, Tool, ToolChoice } from "@sluice/core";
import { fromOpenApi } from "../schema/index.ts";
import { defined } from "../members.ts";
import type { Fields } from "./fields.ts";

/** Functions are the client's; every other member of a tool, such as `googleSearch`, is run by the vendor. */
export function decodeTools(entries: readonly Fields[]): { tools?: Tool[]; providerTools?: ProviderTool[] } {
  const tools = entries.flatMap((entry) => (entry.objects("functionDeclarations") ?? []).map(decodeTool));
  const providerTools = entries.flatMap((entry) =>
    Object.entries(entry.rest()).map(([name, value]): ProviderTool => ({ format: "gemini", item: { [name]: value } })),
  );
  return defined({
    tools: tools.length > 0 ? tools : undefined,
    providerTools: providerTools.length > 0 ? providerTools : undefined,
  });
}

function decodeTool(declaration: Fields): Tool {
  const name = declaration.string("name");
  if (name === undefined || name === "") throw declaration.invalid("name", "is required");
  const openApi = declaration.json("parameters");
  return defined({
    name,
    description: declaration.string("description"),
    parameters: declaration.json("parametersJsonSchema") ?? (openApi === undefined ? undefined : fromOpenApi(openApi)),
    rest: declaration.leftover(),
  });
}

export interface DecodedChoice {
  toolChoice?: ToolChoice;
  /** Calls must keep to their schemas. */
  validated: boolean;
  /** What else the tool config says. */
  rest: JsonObject;
}

export function decodeToolChoice(config: Fields | undefined): DecodedChoice {
  const calling = config?.object("functionCallingConfig");
  const mode = calling?.string("mode")?.toUpperCase();
  const allowed = calling?.strings("allowedFunctionNames") ?? [];
  const calls = calling?.leftover();
  const rest = { ...config?.rest(), ...(calls === undefined ? {} : { functionCallingConfig: calls }) };
  if (calling === undefined || mode === undefined || mode === "MODE_UNSPECIFIED") return { validated: false, rest };
  switch (mode) {
    case "NONE":
      return { toolChoice: { type: "none" }, validated: false, rest };
    case "AUTO":
    case "VALIDATED":
      return { toolChoice: optional(allowed), validated: mode === "VALIDATED", rest };
    case "ANY":
      return { toolChoice: forced(allowed), validated: false, rest };
    default:
      throw calling.invalid("mode", "must be AUTO, ANY, NONE or VALIDATED");
  }
}

function optional(allowed: string[]): ToolChoice {
  return allowed.length === 0 ? { type: "auto" } : { type: "subset", mode: "auto", names: allowed };
}

function forced(allowed: string[]): ToolChoice {
  const [name] = allowed;
  if (name === undefined) return { type: "required" };
  return allowed.length === 1 ? { type: "tool", name } : { type: "subset", mode: "required", names: allowed };
}
