import { isObject } from "@sluice/core";
import type { FinishReason, Json, JsonObject, Warning } from "@sluice/core";

/** What a dialect cannot say, in words for whoever asked. */

export function droppedPart(kind: string): Warning {
  const message = `This dialect has no place for a part of the kind ${kind}.`;
  return { code: "dropped_part", message, field: kind };
}

/** The output limit fell into the arguments of a call, and this dialect shows whole ones only. */
export function cutCall(name: string): Warning {
  const message = `The call of "${name}" was cut in the middle of its arguments and is left out.`;
  return { code: "cut_call", message, field: name };
}

export function rawArguments(name: string): Warning {
  const message = `The arguments of "${name}" are no JSON object; they were told as raw_arguments.`;
  return { code: "raw_arguments", message, field: name };
}

export function droppedChoices(): Warning {
  const message = "This dialect has one answer; the others are left out.";
  return { code: "dropped_choices", message };
}

const hasNoWord: Readonly<Partial<Record<FinishReason, string>>> = {
  paused: "The upstream paused its turn",
  other: "The upstream ended for a reason of its own",
};

/** The warning for an end that this dialect has no word for, or null. */
export function inexactFinish(reason: FinishReason, word: string): Warning | null {
  const what = hasNoWord[reason];
  return what === undefined ? null : { code: "inexact_finish", message: `${what}, which is told here as "${word}".` };
}

/** Objects that hold settings of their own, each of which is a loss by itself. */
const holders: ReadonlySet<string> = new Set(["generationConfig", "toolConfig", "output_config", "text"]);

function namesIn(fields: JsonObject): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    holders.has(name) && isObject(value) ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name],
  );
}

/** What says the same as leaving the field out. */
const idle: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["background", false],
  ["store", false],
  ["truncation", "disabled"],
]);

function asksForSomething(name: string, value: Json | undefined): boolean {
  if (value === undefined || value === null || idle.get(name) === value) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** Fields of a request that only its own dialect understands. */
export function droppedFields(fields: JsonObject): Warning[] {
  const asked = Object.fromEntries(Object.entries(fields).filter(([name, value]) => asksForSomething(name, value)));
  return namesIn(asked).map((field) => ({
    code: "dropped_parameter",
    message: `The upstream's dialect has no place for ${field}.`,
    field,
  }));
}
