import type { JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import { base64Bytes } from "./media.ts";
import { isSigned } from "./tokens.ts";
import { VendorError } from "./vendor-error.ts";

// What may stand in for a lost signature: https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-11).
const standIns = new Set(["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"]);

/** Models that refuse a function call without its thought signature. */
export function needsSignatures(model: string): boolean {
  return /gemini-[3-9]/.test(model);
}

/** What a call's thought signature is made of. */
export function signedText(name: string): string {
  return `call ${name}`;
}

/** Checks roles and parts, the order of calls and responses, and the signatures of the current turn. */
export function checkTurns(contents: JsonObject[], model: string): void {
  for (const [at, content] of contents.entries()) {
    const path = `GenerateContentRequest.contents[${at}]`;
    const role = content["role"];
    if (role !== undefined && role !== "user" && role !== "model" && role !== "function")
      throw invalid("Please use a valid role: user, model.");
    if (records(content["parts"]).length === 0) throw invalid(`* ${path}.parts: contents.parts must not be empty.`);
    for (const [index, part] of records(content["parts"]).entries()) checkPart(part, `${path}.parts[${index}]`);
    checkOrder(contents, at);
  }
  if (needsSignatures(model)) checkSignatures(contents);
}

const data = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
];

function checkPart(part: JsonObject, path: string): void {
  const held = data.filter((name) => part[name] !== undefined);
  if (held.length === 0) throw invalid(`* ${path}.data: required oneof field 'data' must have one initialized field`);
  if (held.length > 1)
    throw invalid(`Invalid value at '${path}' (oneof), oneof field 'data' is already set. Cannot set '${held[1]}'`);
  const { inlineData, functionResponse, functionCall } = part;
  if (isRecord(inlineData)) {
    if (words(inlineData["mimeType"]) === "") throw invalid(`* ${path}.inline_data.mime_type: must not be empty`);
    if (base64Bytes(inlineData["data"]) === null)
      throw invalid(`Invalid value at '${path}.inline_data.data' (TYPE_BYTES), Base64 decoding failed`);
  }
  if (isRecord(functionResponse)) {
    if (words(functionResponse["name"]) === "")
      throw invalid(`* ${path}.function_response.name: Name cannot be empty.`);
    if (!isRecord(functionResponse["response"]))
      throw invalid(
        `Invalid value at '${path}.function_response.response' (type.googleapis.com/google.protobuf.Struct)`,
      );
  }
  if (!isRecord(functionCall)) return;
  if (words(functionCall["name"]) === "") throw invalid(`* ${path}.function_call.name: Name cannot be empty.`);
  if (functionCall["args"] !== undefined && !isRecord(functionCall["args"]))
    throw invalid(`Invalid value at '${path}.function_call.args' (type.googleapis.com/google.protobuf.Struct)`);
}

function checkOrder(contents: JsonObject[], at: number): void {
  const calls = named(contents[at], "functionCall");
  const responses = named(contents[at], "functionResponse");
  if (calls.length > 0 && (at === 0 || contents[at - 1]?.["role"] === "model")) {
    throw invalid(
      "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
    );
  }
  if (
    calls.length > 0 &&
    at + 1 < contents.length &&
    named(contents[at + 1], "functionResponse").length !== calls.length
  ) {
    throw invalid(
      "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
    );
  }
  if (responses.length === 0) return;
  const asked = named(contents[at - 1], "functionCall");
  if (asked.length === 0)
    throw invalid("Please ensure that function response turn comes immediately after a function call turn.");
  const stranger = responses.find((name) => !asked.includes(name));
  if (stranger !== undefined)
    throw invalid(
      `Please ensure that function response names match the names of the function call turn: ${stranger} was not called.`,
    );
}

/** The names of the calls or responses in one content, in order. */
function named(content: JsonObject | undefined, kind: "functionCall" | "functionResponse"): string[] {
  return records(content?.["parts"]).flatMap((part) => {
    const held = part[kind];
    return isRecord(held) ? [words(held["name"])] : [];
  });
}

function checkSignatures(contents: JsonObject[]): void {
  const isPrompt = (content: JsonObject) =>
    content["role"] !== "model" && named(content, "functionResponse").length === 0;
  const current = contents.findLastIndex(isPrompt);
  for (const [at, content] of contents.entries()) {
    const parts = records(content["parts"]);
    const first = parts.findIndex((part) => isRecord(part["functionCall"]));
    const call = parts[first]?.["functionCall"];
    if (!isRecord(call)) continue;
    const signature = parts[first]?.["thoughtSignature"];
    const name = words(call["name"]);
    if (signature === undefined) {
      // Only the turn that is under way is checked for missing ones; a wrong one is refused anywhere.
      if (at <= current) continue;
      throw invalid(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${at + 1}.`,
      );
    }
    if (!standIns.has(words(signature)) && !isSigned(signedText(name), signature))
      throw invalid("Corrupted thought signature.");
  }
}

function invalid(message: string): VendorError {
  return new VendorError(400, message);
}
