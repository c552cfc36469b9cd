import type { SigningCall } from "@sluice/core";

/** Keys of an AWS identity. */
export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary keys. */
  sessionToken?: string;
}

/** Who signs for what. */
export interface SignatureScope {
  region: string;
  service: string;
  /** Unix milliseconds. */
  now: number;
}

/**
 * The headers of AWS Signature Version 4 over method, path, query, host, date, token and body.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11)
 */
export async function signAws(
  call: Pick<SigningCall, "method" | "url" | "body">,
  keys: AwsKeys,
  { region, service, now }: SignatureScope,
): Promise<Record<string, string>> {
  const url = new URL(call.url);
  const time = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const added: Record<string, string> = {
    "x-amz-date": time,
    ...(keys.sessionToken === undefined ? {} : { "x-amz-security-token": keys.sessionToken }),
  };

  const signed = Object.entries({ host: url.host, ...added }).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    call.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    hex(await crypto.subtle.digest("SHA-256", new Uint8Array(call.body ?? []))),
  ].join("\n");

  const digest = hex(await crypto.subtle.digest("SHA-256", utf8(canonical)));
  const key = await signingKey(keys.secretAccessKey, scope);
  const signature = hex(await hmac(key, ["AWS4-HMAC-SHA256", time, scope, digest].join("\n")));
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return { ...added, authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}` };
}

/** Each segment is encoded once more than it is on the wire, as every service but S3 has it. */
function canonicalPath(path: string): string {
  return path.split("/").map(encoded).join("/") || "/";
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.toSorted((one, other) => (one < other ? -1 : 1)).join("&");
}

/** Everything but letters, digits and `-._~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function signingKey(secret: string, scope: string): Promise<ArrayBuffer> {
  let key: ArrayBuffer = utf8(`AWS4${secret}`).buffer;
  for (const part of scope.split("/")) key = await hmac(key, part);
  return key;
}

async function hmac(key: ArrayBuffer, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, utf8(text));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
