import { isObject, objectOf, stringOf, type JsonObject } from "@sluice/core";
import type { Answer } from "../answer.ts";
import { partsOf, type Ask } from "../ask.ts";

/** Says the last user text again, and in a last line whatever else arrived. */
export function echo(ask: Ask): Answer {
  const seen = arrivals(ask);
  return { text: [ask.text, ...(seen.length > 0 ? [`[mock: ${seen.join(", ")}]`] : [])].join("\n\n") };
}

function arrivals({ body, messages, tools, results }: Ask): string[] {
  const lastUser = messages.findLastIndex((message) => message["role"] === "user");
  const earlier = messages.slice(0, Math.max(lastUser, 0)).filter((message) => !isSystem(message)).length;
  const format = isObject(body["response_format"]) ? body["response_format"] : undefined;
  return [
    ...mediaOf(messages[lastUser]),
    ...counted(messages.filter(isSystem).length, "system message"),
    ...counted(earlier, "earlier message"),
    ...(tools.length > 0 ? [`${counted(tools.length, "tool")[0]} (${tools.map(({ name }) => name).join(", ")})`] : []),
    ...counted(results.length, "tool result"),
    ...(format === undefined ? [] : [formatOf(format)]),
  ];
}

function isSystem(message: JsonObject): boolean {
  return message["role"] === "system" || message["role"] === "developer";
}

const mediaNames: Record<string, string> = { image_url: "image", input_audio: "audio", file: "file" };

function mediaOf(message: JsonObject | undefined): string[] {
  const types = partsOf(message).map((part) => stringOf(part["type"]) ?? "unknown");
  const counts = Map.groupBy(
    types.filter((type) => type !== "text"),
    (type) => mediaNames[type] ?? `"${type}" part`,
  );
  return [...counts].flatMap(([name, found]) => counted(found.length, name));
}

function formatOf(format: JsonObject): string {
  const name = stringOf(objectOf(format["json_schema"])?.["name"]);
  return name === undefined ? `format ${stringOf(format["type"])}` : `schema "${name}"`;
}

function counted(count: number, noun: string): string[] {
  return count > 0 ? [`${count} ${noun}${count === 1 ? "" : "s"}`] : [];
}
