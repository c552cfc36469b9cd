import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import type { JsonObject } from "@sluice/core";
import type { Received } from "./_vendor.ts";

/** The signature that a call should have, by the algorithm as AWS documents it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11-20). */
export function signatureProblem(call: Received, secretKey: string): string | null {
  const { authorization = "" } = call.headers;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (match === null) return `no signature: ${authorization}`;
  const [, , date = "", region = "", service = "", signedHeaders = "", signature = ""] = match;
  const names = signedHeaders.split(";");
  for (const name of ["host", "x-amz-date"]) if (!names.includes(name)) return `${name} is not signed`;
  const [path = "", query = ""] = call.url.split("?");
  const canonical = [
    call.method,
    path
      .split("/")
      .map((segment) => strict(segment))
      .join("/"),
    query.split("&").toSorted().join("&"),
    ...names.map((name) => `${name}:${(call.headers[name] ?? "").trim().replaceAll(/ +/g, " ")}`),
    "",
    signedHeaders,
    call.headers["x-amz-content-sha256"] ?? sha256(call.text),
  ].join("\n");
  const stamp = call.headers["x-amz-date"] ?? "";
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  const expected = createHmac("sha256", key).update(toSign).digest("hex");
  if (!stamp.startsWith(date)) return "the day of the scope is not that of the call";
  return expected === signature ? null : `signature ${signature} should be ${expected}`;
}

/** Each segment is encoded once more than on the wire, every character but the unreserved ones. */
function strict(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** One event of an AWS event stream, with its checksums. */
export function eventFrame(type: string, payload: JsonObject, messageType: "event" | "exception" = "event"): Buffer {
  const body = Buffer.from(JSON.stringify(payload));
  const headers = Buffer.concat([
    header(":message-type", messageType),
    header(messageType === "event" ? ":event-type" : ":exception-type", type),
    header(":content-type", "application/json"),
  ]);
  const length = 12 + headers.length + body.length + 4;
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([prelude, uint32(crc32(prelude)), headers, body]);
  return Buffer.concat([checked, uint32(crc32(checked))]);
}

/** A header whose value is text: type 7. */
function header(name: string, value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
