import { arrayOf, isObject, openState, sealState, stringOf } from "@sluice/core";
import type { Json, JsonObject, OpaqueState, ReasoningPart } from "@sluice/core";

/** Bare values that a client hands in belong to the vendor whose dialect this is. */
export const clientDomain = "openai";

// Google's own endpoint in this dialect carries its signatures here, bare.
const signatureDomain = "gemini";

/** What `format` says in an entry of `reasoning_details`, by the domain of its state. */
const formats: ReadonlyMap<string, string> = new Map([
  ["anthropic", "anthropic-claude-v1"],
  ["gemini", "google-gemini-v1"],
  ["openai", "openai-responses-v1"],
]);

/** One entry of `reasoning_details` as a step of a block: more text, or the state that ends it. */
export interface ReasoningStep {
  /** Which block; null continues the latest. */
  index: number | null;
  text: string;
  state: OpaqueState | null;
}

/** Reads one entry of `reasoning_details`; null for a type that is not known. */
export function decodeDetail(entry: Json | undefined, domain: string): ReasoningStep | null {
  if (!isObject(entry)) return null;
  const index = typeof entry.index === "number" ? entry.index : null;
  if (entry.type === "reasoning.summary") return { index, text: stringOf(entry.summary) ?? "", state: null };
  if (entry.type === "reasoning.encrypted") {
    const kind = entry.format === formats.get("anthropic") ? "redacted" : "encrypted";
    return { index, text: "", state: stateIn(entry, entry.data, domain, kind) };
  }
  if (entry.type !== "reasoning.text") return null;
  return { index, text: stringOf(entry.text) ?? "", state: stateIn(entry, entry.signature, domain, "signature") };
}

/** The state in an entry; a bare one has its id, and the word for what wrote it, beside it. */
function stateIn(
  entry: JsonObject,
  value: Json | undefined,
  domain: string,
  kind: OpaqueState["kind"],
): OpaqueState | null {
  const state = stateOf(value, domain, kind);
  if (state === null || state.data !== value) return state;
  const { id, format } = entry;
  const isOther = typeof format === "string" && format !== "unknown" && format !== formats.get(domain);
  return {
    ...state,
    ...(typeof id === "string" && id !== "" ? { id } : {}),
    ...(isOther ? { format } : {}),
  };
}

function stateOf(value: Json | undefined, domain: string, kind: OpaqueState["kind"]): OpaqueState | null {
  return typeof value === "string" && value !== "" ? openState(value, domain, kind) : null;
}

/** The entry of `reasoning_details` that carries more text of block `index`. */
export function textDetail(text: string, index: number): JsonObject {
  return { type: "reasoning.text", text, index };
}

/** The entry of `reasoning_details` that carries the state of block `index`. `native` values stay bare. */
export function stateDetail(state: OpaqueState, index: number, native: string): JsonObject {
  const bare = state.domain === native;
  const value = bare ? state.data : sealState(state, native);
  const format = formatOf(state);
  const id = bare && state.id !== undefined ? { id: state.id } : {};
  return state.kind === "signature"
    ? { type: "reasoning.text", signature: value, ...id, format, index }
    : { type: "reasoning.encrypted", data: value, ...id, format, index };
}

function formatOf(state: OpaqueState): string {
  return state.format ?? formats.get(state.domain) ?? "unknown";
}

/** Blocks → `reasoning_details`. */
export function encodeDetails(blocks: readonly ReasoningPart[], native: string): JsonObject[] {
  return blocks.flatMap((block, index) => [
    ...(block.text === "" ? [] : [readable(block, index)]),
    ...(block.state ? [stateDetail(block.state, index, native)] : []),
  ]);
}

/** Beside what the Responses API encrypted stand summaries, never the thinking itself. */
function readable({ text, state }: ReasoningPart, index: number): JsonObject {
  const format = state?.kind === "encrypted" ? formatOf(state) : undefined;
  if (format === undefined || !format.includes("responses")) return textDetail(text, index);
  return { type: "reasoning.summary", summary: text, format, index };
}

/** `reasoning_details` → blocks. Entries of one index are one block. */
export function decodeDetails(entries: Json | undefined, domain: string): ReasoningPart[] {
  const blocks: ReasoningPart[] = [];
  let current: number | null = null;
  for (const entry of arrayOf(entries)) {
    const step = decodeDetail(entry, domain);
    if (step === null) continue;
    const last = blocks.at(-1);
    const block = continues(last, step, current) ? last : { type: "reasoning" as const, text: "" };
    if (block !== last) blocks.push(block);
    block.text += step.text;
    if (step.state) block.state = step.state;
    current = step.index ?? current;
  }
  return blocks;
}

function continues(
  last: ReasoningPart | undefined,
  step: ReasoningStep,
  current: number | null,
): last is ReasoningPart {
  return last !== undefined && !last.state && (step.index === null || current === null || step.index === current);
}

/** Anthropic-shaped blocks, as some gateways hand them to clients of this dialect. */
export function decodeThinkingBlocks(entries: Json | undefined): ReasoningPart[] {
  return arrayOf(entries).flatMap((entry): ReasoningPart[] => {
    if (!isObject(entry)) return [];
    const redacted = entry.type === "redacted_thinking";
    const state = stateOf(redacted ? entry.data : entry.signature, "anthropic", redacted ? "redacted" : "signature");
    return [{ type: "reasoning", text: stringOf(entry.thinking) ?? "", ...(state ? { state } : {}) }];
  });
}

/**
 * State for `extra_content` of a call: many clients return `tool_calls` untouched and forget all else. Google's
 * signature goes where Google puts it, the reasoning blocks that led to the call into `sluice.blocks`.
 */
export function encodeExtra(state: OpaqueState | undefined, blocks: readonly ReasoningPart[]): JsonObject | undefined {
  const kept = blocks.flatMap((block) =>
    block.state ? [{ text: block.text, state: sealState({ ...block.state, id: block.state.id ?? "" }, "") }] : [],
  );
  if (state === undefined && kept.length === 0) return undefined;
  return {
    ...(state ? { google: { thought_signature: sealState(state, signatureDomain) } } : {}),
    ...(kept.length > 0 ? { sluice: { blocks: kept } } : {}),
  };
}

/** The state of the call itself. A bare signature belongs to `domain`. */
export function decodeCallState(extra: Json | undefined, domain: string = signatureDomain): OpaqueState | undefined {
  if (!isObject(extra) || !isObject(extra.google)) return undefined;
  return stateOf(extra.google.thought_signature, domain, "signature") ?? undefined;
}

/** The blocks that stood before the call. */
export function decodeCallBlocks(extra: Json | undefined): ReasoningPart[] {
  if (!isObject(extra) || !isObject(extra.sluice)) return [];
  return arrayOf(extra.sluice.blocks).flatMap((block): ReasoningPart[] => {
    if (!isObject(block)) return [];
    const state = stateOf(block.state, "", "signature");
    if (state === null || state.domain === "") return [];
    const { id, ...rest } = state;
    return [{ type: "reasoning", text: stringOf(block.text) ?? "", state: id ? { ...rest, id } : rest }];
  });
}

/** What identifies a block among the carriers of one message. */
export function sameState(one: ReasoningPart, other: ReasoningPart): boolean {
  return one.state?.domain === other.state?.domain && one.state?.data === other.state?.data;
}
