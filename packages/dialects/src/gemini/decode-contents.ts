import { errors, openState } from "@sluice/core";
import type { JsonObject, Message, OpaqueState, Part, ReasoningPart, ToolResultPart } from "@sluice/core";
import { adoptProviderParts } from "../provider-carriers.ts";
import { Fields } from "./fields.ts";
import { CallLedger } from "./call-ids.ts";
import { mediaPart } from "./media-parts.ts";

/** Gemini's own domain: a bare signature is one of its models'. */
export const nativeDomain = "gemini";

export function decodeSystem(instruction: Fields | undefined): Message[] {
  if (instruction === undefined) return [];
  const parts = (instruction.objects("parts") ?? []).map((part): Part => ({ type: "text", text: textOf(part) }));
  return parts.length === 0 ? [] : [{ role: "system", parts }];
}

function textOf(part: Fields): string {
  const text = part.string("text");
  if (text === undefined) throw part.invalid("text", "is required: instructions are text");
  return text;
}

export function decodeContents(contents: readonly Fields[] | undefined): Message[] {
  if (contents === undefined || contents.length === 0) throw errors.REQUEST_INVALID("contents", "must not be empty");
  const last = contents.at(-1);
  if (last?.objects("parts")?.length === 0 || !last?.has("parts")) throw invalidEnd(last);
  const ledger = new CallLedger();
  const messages = contents.flatMap((content, turn) => decodeContent(content, turn, ledger));
  // A chat helper leaves an empty turn where a model said nothing.
  return messages.filter((message) => message.parts.length > 0);
}

function invalidEnd(last: Fields | undefined): Error {
  return errors.REQUEST_INVALID(last?.pathOf("parts") ?? "contents", "must not be empty in the last turn");
}

function decodeContent(content: Fields, turn: number, ledger: CallLedger): Message[] {
  const role = content.string("role") ?? "user";
  const parts = content.objects("parts") ?? [];
  if (role === "model") {
    ledger.beginTurn(turn);
    return [{ role: "assistant", parts: decodeModelParts(parts, ledger) }];
  }
  if (role !== "user" && role !== "function" && role !== "system")
    throw content.invalid("role", "must be user or model");
  if (role === "system") return [{ role, parts: parts.map((part): Part => ({ type: "text", text: textOf(part) })) }];
  return decodeUserParts(parts, ledger);
}

/** Results of calls are messages of their own; the order of the turn stays. */
function decodeUserParts(parts: readonly Fields[], ledger: CallLedger): Message[] {
  const messages: Message[] = [];
  for (const part of parts) {
    const isResult = part.has("functionResponse");
    const role = isResult ? "tool" : "user";
    const decoded = isResult ? decodeResult(part, ledger) : withRest(decodePart(part), part);
    const last = messages.at(-1);
    if (last?.role === role) last.parts.push(decoded);
    else messages.push({ role, parts: [decoded] });
  }
  return messages;
}

function decodeModelParts(parts: readonly Fields[], ledger: CallLedger): Part[] {
  const decoded: Part[] = [];
  let open: ReasoningPart | null = null;
  for (const part of parts) {
    const state = stateOf(part);
    if (part.boolean("thought") === true && part.has("text")) {
      open = continued(open, decoded, part.string("text") ?? "", state);
      continue;
    }
    open = null;
    if (part.has("functionCall")) decoded.push(withRest(decodeCall(part, ledger, state), part));
    else decoded.push(...withState(part, state));
  }
  return adoptProviderParts(decoded);
}

/** Thoughts arrive in pieces of which the last has the signature: together they are one block. */
function continued(
  open: ReasoningPart | null,
  decoded: Part[],
  text: string,
  state?: OpaqueState,
): ReasoningPart | null {
  const block = open ?? { type: "reasoning", text: "" };
  if (open === null) decoded.push(block);
  block.text += text;
  if (state === undefined) return block;
  block.state = state;
  return null;
}

/** A signature on text or media is a block without text behind it. */
function withState(part: Fields, state: OpaqueState | undefined): Part[] {
  const isBare = part.has("text") && part.string("text") === "" && state !== undefined;
  const content = isBare ? [] : [withRest(decodePart(part), part)];
  return state === undefined ? content : [...content, { type: "reasoning", text: "", state }];
}

/** The part with what nobody has read of it. */
function withRest(decoded: Part, part: Fields): Part {
  if (decoded.type === "provider" || decoded.type === "reasoning" || decoded.type === "refusal") return decoded;
  const rest = part.leftover();
  return rest === undefined ? decoded : { ...decoded, rest };
}

function decodePart(part: Fields): Part {
  const text = part.string("text");
  if (text !== undefined) return { type: "text", text };
  const inline = part.object("inlineData");
  const file = part.object("fileData");
  // Clips and frame rates are this vendor's alone.
  const isOrdinary = !part.has("videoMetadata");
  if (inline !== undefined && isOrdinary) {
    const mediaType = required(inline, "mimeType");
    return mediaPart(
      mediaType,
      { kind: "data", mediaType, data: required(inline, "data") },
      inline.string("displayName"),
    );
  }
  if (file !== undefined && isOrdinary) {
    const mediaType = file.string("mimeType");
    const source = { kind: "url" as const, url: required(file, "fileUri"), ...(mediaType ? { mediaType } : {}) };
    return mediaPart(mediaType ?? "", source, file.string("displayName"));
  }
  if (Object.keys(part.whole()).length === 0) throw part.invalid("", "must not be empty");
  return { type: "provider", format: "gemini", item: part.whole() };
}

function required(fields: Fields, name: string): string {
  const value = fields.string(name);
  if (value === undefined) throw fields.invalid(name, "is required");
  return value;
}

function decodeCall(part: Fields, ledger: CallLedger, state: OpaqueState | undefined): Part {
  const call = part.object("functionCall") ?? new Fields({});
  const name = required(call, "name");
  const id = ledger.open(name, call.string("id"));
  const args = JSON.stringify(call.json("args") ?? {});
  return { type: "tool-call", id, name, arguments: args, ...(state === undefined ? {} : { state }) };
}

function decodeResult(part: Fields, ledger: CallLedger): ToolResultPart {
  const response = part.object("functionResponse") ?? new Fields({});
  const name = required(response, "name");
  const callId = ledger.close(name, response.string("id"));
  if (callId === null) throw response.invalid("name", `answers no open call of "${name}"`);
  const { text, isError } = resultText(response.json("response") ?? {});
  const media = (response.objects("parts") ?? []).map(decodePart).filter((item) => item.type !== "provider");
  const rest = response.leftover();
  return {
    type: "tool-result",
    callId,
    name,
    content: [{ type: "text", text }, ...(media as ToolResultPart["content"])],
    ...(isError ? { isError } : {}),
    ...(rest === undefined ? {} : { rest }),
  };
}

/** `output` and `error` are the words for a plain result; any other object is the result itself. */
function resultText(response: JsonObject): { text: string; isError: boolean } {
  const [only, ...others] = Object.keys(response);
  const isPlain = others.length === 0 && (only === "output" || only === "error");
  const value = isPlain ? response[only] : response;
  return {
    text: typeof value === "string" ? value : JSON.stringify(value ?? null),
    isError: isPlain && only === "error",
  };
}

function stateOf(part: Fields): OpaqueState | undefined {
  const signature = part.string("thoughtSignature");
  return signature === undefined || signature === "" ? undefined : openState(signature, nativeDomain, "signature");
}
