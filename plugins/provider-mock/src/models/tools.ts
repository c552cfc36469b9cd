import { arrayOf, isObject, objectOf, stringOf, type JsonObject } from "@sluice/core";
import type { Answer } from "../answer.ts";
import type { Ask, OfferedTool } from "../ask.ts";
import { sampleOf } from "../sample.ts";

/** Calls the offered tools, all at once unless told otherwise; with results in hand, answers with them. */
export function tools(ask: Ask): Answer {
  if (ask.results.length > 0) {
    const lines = ask.results.map(({ name, text }) => `${name}: ${text}`);
    return { text: `The tools answered.\n${lines.join("\n")}` };
  }
  const chosen = chosenTools(ask);
  if (chosen.length === 0) return { text: "No tool was offered for this turn. Send `tools` to see calls." };
  const called = ask.body["parallel_tool_calls"] === false ? chosen.slice(0, 1) : chosen;
  return { calls: called.map((tool) => ({ name: tool.name, arguments: argumentsFor(tool) })) };
}

function chosenTools(ask: Ask): OfferedTool[] {
  const choice = ask.body["tool_choice"];
  if (choice === "none") return [];
  const names = isObject(choice) ? chosenNames(choice) : null;
  return names === null ? ask.tools : ask.tools.filter(({ name }) => names.includes(name));
}

/** The tools that a choice names, one or a subset; null for any. */
function chosenNames(choice: JsonObject): string[] | null {
  const single = functionName(choice);
  if (single !== undefined) return [single];
  const subset = objectOf(choice["allowed_tools"])?.["tools"];
  if (subset === undefined) return null;
  return arrayOf(subset).flatMap((tool) => (isObject(tool) ? (functionName(tool) ?? []) : []));
}

function functionName(entry: JsonObject): string | undefined {
  return stringOf(objectOf(entry["function"])?.["name"]);
}

function argumentsFor(tool: OfferedTool): string {
  const value = sampleOf({ type: "object", ...tool.parameters });
  return JSON.stringify(isObject(value) ? value : {});
}
