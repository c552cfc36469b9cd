import type { OperationAnswer, ResultAnswer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { Outgoing } from "./incoming.ts";
import type { EncodedBytes } from "./operation-dialect.ts";
import type { OperationRequest, OperationResult } from "./operation.ts";
import { costHeaders, receiptHeaders } from "./receipt-headers.ts";
import type { JsonObject } from "./json.ts";
import { writeResultStream } from "./result-stream-output.ts";
import { withUsage } from "./operation-estimate.ts";
import { clientOf, resultContextOf } from "./result-writing.ts";
import { isGatewayError } from "./errors.ts";
import { scanObject } from "./scan.ts";
import { appendMembers, concat, duplicates, spliceMembers } from "./splice.ts";
import { note } from "./writing.ts";
import type { Writing } from "./writing.ts";

/** An answer that is no chat: whole with its receipt, or as it comes. */
export async function writeResult(writing: Writing, answer: OperationAnswer): Promise<Outgoing> {
  const { stream } = writing.exchange.request as OperationRequest;
  note(writing.exchange, answer);
  if (answer.kind === "result" && !stream) return writeWhole(writing, answer);
  return writeResultStream(writing, answer);
}

async function writeWhole(writing: Writing, answer: ResultAnswer): Promise<Outgoing> {
  const { exchange } = writing;
  const { record } = exchange;
  const request = exchange.request as OperationRequest;
  const result = answer.source === "upstream" ? withUsage(answer.result, request) : answer.result;
  record.addUsage(result.usage);
  record.complete = true;
  const untouched = answer.bytes !== null && answer.dialect === exchange.speaker.id;
  const passed = untouched && answer.bytes ? relayed(exchange, result, answer.mediaType, answer.bytes) : null;
  record.path = passed ? "byte" : "codec";
  record.addDecodingWarnings(result.warnings);
  const { bytes, mediaType } = passed ?? encoded(exchange, result);
  const receipt = await exchange.settle("success", null);
  const takesMembers = writing.inBody && isJsonType(mediaType) && isObjectIn(bytes);
  const body = takesMembers ? appendMembers(bytes, exchange.speaker.client.receiptMembers(receipt)) : bytes;
  writing.onDone(200, receipt, null);
  const headers = receiptHeaders(receipt);
  headers["content-type"] = mediaType;
  Object.assign(headers, costHeaders(receipt));
  if (result.estimated) headers["x-sluice-estimated"] = "true";
  return { status: 200, headers, body };
}

/**
 * The upstream's own bytes, with what the client's dialect must say of its own; null where they cannot be changed, because a
 * member stands twice or a byte before the object is none of JSON's. What was answered is not lost for that.
 */
function relayed(
  exchange: Exchange,
  result: OperationResult,
  mediaType: string,
  bytes: Uint8Array,
): EncodedBytes | null {
  const set = clientOf(exchange).patchResult?.(result, resultContextOf(exchange)) ?? {};
  if (Object.keys(set).length === 0) return { bytes, mediaType };
  try {
    const scan = scanObject(bytes, { depth: Infinity, keys: Infinity });
    if (duplicates(scan.members).length > 0) return null;
    return { bytes: concat(spliceMembers(bytes, scan, set, [])), mediaType };
  } catch (thrown) {
    if (isGatewayError(thrown)) return null;
    throw thrown;
  }
}

const encoder = new TextEncoder();

function encoded(exchange: Exchange, result: OperationResult): EncodedBytes {
  const written = clientOf(exchange).encodeResult(result, resultContextOf(exchange));
  if (isEncoded(written)) return written;
  return { bytes: encoder.encode(JSON.stringify(written)), mediaType: "application/json" };
}

function isEncoded(written: JsonObject | EncodedBytes): written is EncodedBytes {
  return written["bytes"] instanceof Uint8Array;
}

/** Text as one JSON string has no place for members, whatever braces it holds. */
function isObjectIn(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x7b;
}

function isJsonType(mediaType: string): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(mediaType);
}
