import { arrayOf, isObject } from "@sluice/core";
import type { Json, JsonObject, Quirks, UpstreamTarget, Warning } from "@sluice/core";
import { isEffort, nearestEffort } from "../effort.ts";
import { askFor, likelyMaxOutput, lostReasoning, reasoningMembers } from "./ask-reasoning.ts";
import { fittingCallId } from "./call-ids.ts";
import { decodeReasoning } from "./decode-reasoning.ts";

export interface Fit {
  body: JsonObject;
  quirks: Quirks;
  model: string;
  /** The most output tokens that the model gives, or is likely to. */
  most: number;
  warn: (warning: Warning) => void;
}

/**
 * Bends a body of this dialect to one vendor's ways, as its quirks tell. What stays is the same object as before, so
 * that a caller can see what changed.
 */
export function fitToVendor(body: JsonObject, target: UpstreamTarget, warn: (warning: Warning) => void): JsonObject {
  const fit: Fit = {
    body: { ...body },
    quirks: target.quirks,
    model: target.model,
    most: target.info?.maxOutputTokens ?? likelyMaxOutput,
    warn,
  };
  for (const step of steps) step(fit);
  return fit.body;
}

const steps: readonly ((fit: Fit) => void)[] = [
  (fit) => void (fit.body.model = fit.model),
  askForUsage,
  nameRoles,
  fitCallIds,
  nameOutputLimit,
  moveReasoning,
  fitEffort,
  separateReasoningFromTools,
  fitToolChoice,
  fitOutput,
  dropStrict,
  dropRefused,
  clampRanges,
  renameParameters,
];

/** Usage is always asked for: without it nothing can be charged. */
function askForUsage({ body, quirks }: Fit): void {
  const options = usageOptions(body, quirks);
  if (options === undefined) delete body.stream_options;
  else body.stream_options = options;
}

/** The stream options to send, the same object where they ask for usage already; undefined where there must be none. */
export function usageOptions(body: JsonObject, quirks: Quirks): JsonObject | undefined {
  if (body.stream !== true || quirks.streamOptions === false) return undefined;
  const options = isObject(body.stream_options) ? body.stream_options : {};
  return options.include_usage === true ? options : { ...options, include_usage: true };
}

function nameRoles(fit: Fit): void {
  // Whoever knows the newer name takes both.
  if (fit.quirks.developerRole === "developer") return;
  editMessages(fit, (message) => (message.role === "developer" ? { ...message, role: "system" } : message));
}

function fitCallIds(fit: Fit): void {
  const pattern = fit.quirks.toolIdPattern;
  if (pattern === undefined) return;
  const fitting = (id: Json | undefined) => (typeof id === "string" ? fittingCallId(id, pattern) : id);
  editMessages(fit, (message) => {
    const answered = fitting(message.tool_call_id);
    const edited = answered === message.tool_call_id ? message : { ...message, tool_call_id: answered };
    if (!Array.isArray(message.tool_calls)) return edited;
    const calls = message.tool_calls.map((call) => {
      if (!isObject(call)) return call;
      const id = fitting(call.id);
      return id === call.id ? call : { ...call, id };
    });
    return calls.every((call, index) => call === arrayOf(message.tool_calls)[index])
      ? edited
      : { ...edited, tool_calls: calls };
  });
}

function editMessages({ body }: Fit, edit: (message: JsonObject) => JsonObject): void {
  const before = arrayOf(body.messages);
  const after = before.map((message) => (isObject(message) ? edit(message) : message));
  if (after.some((message, index) => message !== before[index])) body.messages = after;
}

function nameOutputLimit(fit: Fit): void {
  const wanted = fit.quirks.maxTokensField ?? "max_tokens";
  const other = wanted === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  if (fit.body[other] === undefined) return;
  if (fit.body[wanted] === undefined) renameMember(fit, other, wanted);
  else delete fit.body[other];
}

/** A wish about thinking in a field that the vendor does not know is said in one that it knows. */
function moveReasoning({ body, quirks, most, warn }: Fit): void {
  const { reasoningIn: fields, efforts } = quirks;
  if (fields === undefined) return;
  const taken = new Set(fields.flatMap((field) => reasoningMembers[field]));
  const foreign = Object.values(reasoningMembers)
    .flat()
    .filter((name) => body[name] !== undefined && !taken.has(name));
  // Where there is no such effort, off may have a field of its own.
  const isOff = body.reasoning_effort === "none" && efforts?.includes("none") === false && fields.length > 1;
  if (foreign.length === 0 && !isOff) return;
  const wish = decodeReasoning(body) ?? {};
  const given = [...taken].filter((name) => body[name] !== undefined && !(isOff && name === "reasoning_effort"));
  for (const name of isOff ? [...foreign, "reasoning_effort"] : foreign) delete body[name];
  if (given.length > 0) return;
  const { members, lost } = askFor(wish, { fields, efforts, maxOutputTokens: most });
  Object.assign(body, members);
  if (lost !== null) warn(lostReasoning(lost, foreign[0] ?? "reasoning_effort"));
}

function fitEffort({ body, quirks, warn }: Fit): void {
  const asked = body.reasoning_effort;
  if (quirks.efforts === undefined || !isEffort(asked)) return;
  const { effort, changed } = nearestEffort(asked, quirks.efforts);
  if (!changed) return;
  body.reasoning_effort = effort;
  const message = `The model does not offer the effort ${asked}; it was asked for ${effort}.`;
  warn({ code: "changed_parameter", message, field: "reasoning_effort" });
}

function separateReasoningFromTools({ body, quirks, warn }: Fit): void {
  const rule = quirks.reasoningWithTools ?? "allowed";
  if (rule === "allowed" || arrayOf(body.tools).length === 0) return;
  const asked = body.reasoning_effort !== undefined && body.reasoning_effort !== "none";
  if (asked) {
    const message = "The vendor takes no reasoning effort beside tools.";
    warn({ code: "dropped_parameter", message, field: "reasoning_effort" });
  }
  if (rule === "absent") delete body.reasoning_effort;
  else if (body.reasoning_effort !== "none") body.reasoning_effort = "none";
}

function fitToolChoice(fit: Fit): void {
  const { body, quirks, warn } = fit;
  const required = quirks.toolChoiceRequired ?? "required";
  const named = isObject(body.tool_choice) && isObject(body.tool_choice.function) ? body.tool_choice.function : null;
  if (named !== null && quirks.toolChoiceNamed === false) {
    body.tools = arrayOf(body.tools).filter((tool) => functionOf(tool)?.name === named.name);
    body.tool_choice = "required";
  }
  if (body.tool_choice !== "required" || required === "required") return;
  body.tool_choice = required;
  if (required !== "auto") return;
  warn({ code: "dropped_parameter", message: "The vendor cannot be made to call a tool.", field: "tool_choice" });
}

function functionOf(tool: Json | undefined): JsonObject | undefined {
  return isObject(tool) && isObject(tool.function) ? tool.function : undefined;
}

/** What the vendor cannot enforce, the model is asked for. */
function fitOutput({ body, quirks, warn }: Fit): void {
  const offered = quirks.schema ?? "schema";
  const format = body.response_format;
  if (offered === "schema" || !isObject(format) || format.type === "text") return;
  if (offered === "json" && format.type !== "json_schema") return;

  const schema = isObject(format.json_schema) ? format.json_schema.schema : undefined;
  const wish = schema === undefined ? "." : ` that matches this JSON Schema:\n${JSON.stringify(schema)}`;
  const instruction = { role: "system", content: `Answer with one JSON object and nothing else${wish}` };
  const messages = arrayOf(body.messages);
  const start = messages.findIndex((message) => !isObject(message) || message.role !== "system");
  body.messages = messages.toSpliced(start === -1 ? messages.length : start, 0, instruction);
  if (offered === "json") body.response_format = { type: "json_object" };
  else delete body.response_format;
  const message = "The vendor cannot enforce the output format; the model was asked for it in words.";
  warn({ code: "schema_as_instruction", message, field: "response_format" });
}

function dropStrict({ body, quirks, warn }: Fit): void {
  if (quirks.strict === true) return;
  const asked: string[] = [];
  if (arrayOf(body.tools).some((tool) => functionOf(tool)?.strict !== undefined)) {
    body.tools = arrayOf(body.tools).map((tool) => {
      const called = functionOf(tool);
      if (called?.strict === undefined) return tool;
      if (called.strict === true) asked.push("tools");
      return { ...(tool as JsonObject), function: without(called, "strict") };
    });
  }
  const format = body.response_format;
  if (isObject(format) && isObject(format.json_schema) && format.json_schema.strict !== undefined) {
    if (format.json_schema.strict === true) asked.push("response_format");
    body.response_format = { ...format, json_schema: without(format.json_schema, "strict") };
  }
  for (const field of asked) {
    warn({ code: "schema_not_strict", message: "The vendor follows the schema as well as it can.", field });
  }
}

export function dropRefused({ body, quirks, warn }: Fit): void {
  for (const name of quirks.refuse ?? []) {
    if (body[name] === undefined) continue;
    if (body[name] !== null) {
      warn({ code: "dropped_parameter", message: `The vendor does not take ${name}.`, field: name });
    }
    delete body[name];
  }
}

export function clampRanges({ body, quirks, warn }: Fit): void {
  for (const [name, [least, most]] of Object.entries(quirks.range ?? {})) {
    const value = body[name];
    if (typeof value !== "number" || (value >= least && value <= most)) continue;
    body[name] = Math.min(Math.max(value, least), most);
    warn({ code: "clamped_parameter", message: `The vendor takes ${name} from ${least} to ${most}.`, field: name });
  }
}

export function renameParameters(fit: Fit): void {
  for (const [from, to] of Object.entries(fit.quirks.rename ?? {})) renameMember(fit, from, to);
}

/** Keeps the member's place, so that the same request gives the same bytes. */
function renameMember(fit: Fit, from: string, to: string): void {
  if (fit.body[from] === undefined) return;
  fit.body = Object.fromEntries(
    Object.entries(without(fit.body, to)).map(([name, value]) => [name === from ? to : name, value]),
  );
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}
