import { parseJson } from "@sluice/core";
import type { ChatRequest, Choice, Json, Reply, Warning } from "@sluice/core";
import { mismatch } from "./schema/index.ts";

/** The reply with a warning where it is not what the caller's schema asked for: a vendor's word for it is no proof. */
export function checkedAnswer(reply: Reply, { output }: ChatRequest): Reply {
  if (output?.type !== "schema") return reply;
  const warnings = reply.choices.flatMap((choice) => problemOf(choice, output.schema));
  return warnings.length === 0 ? reply : { ...reply, warnings: [...reply.warnings, ...warnings] };
}

/** Only answers that ended as they should can be held to it. */
function problemOf({ parts, finish }: Choice, schema: Parameters<typeof mismatch>[0]): Warning[] {
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  if ((finish !== "stop" && finish !== "stop-sequence") || text === "") return [];
  let value: Json;
  try {
    value = parseJson(text) as Json;
  } catch {
    return [warning("The answer was to be JSON and is not.")];
  }
  const found = mismatch(schema, value);
  return found === null
    ? []
    : [warning(`The answer breaks "${found.keyword}" of its schema at ${found.path || "its root"}.`)];
}

function warning(message: string): Warning {
  return { code: "schema_mismatch", message, field: "response_format" };
}
