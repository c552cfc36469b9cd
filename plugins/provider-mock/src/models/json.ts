import { isObject, objectOf } from "@sluice/core";
import type { Answer } from "../answer.ts";
import type { Ask } from "../ask.ts";
import { sampleOf } from "../sample.ts";

/** Writes JSON that the requested schema accepts; without a schema, a sample object. */
export function json(ask: Ask): Answer {
  const format = isObject(ask.body["response_format"]) ? ask.body["response_format"] : undefined;
  const schema = objectOf(objectOf(format?.["json_schema"])?.["schema"]);
  const value = schema === undefined ? { mock: true, text: ask.text, items: [1, 2, 3] } : sampleOf(schema);
  return { text: JSON.stringify(value) };
}
