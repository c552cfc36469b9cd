import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { FrontCall } from "@sluice/testkit";

/** Checks a signature as AWS does, from the call as it arrived. Null when it is right, else what is wrong. */
export function signatureProblem({ method, url, headers, body }: FrontCall, secrets: Readonly<Record<string, string>>) {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const parts = form.exec(headers["authorization"] ?? "");
  if (parts === null) return "MissingAuthenticationTokenException";
  const [, id = "", day = "", region = "", service = "", names = "", signature = ""] = parts;
  const secret = secrets[id];
  if (secret === undefined) return "UnrecognizedClientException";
  const date = headers["x-amz-date"] ?? "";
  if (!date.startsWith(day) || service !== "bedrock" || !names.split(";").includes("host"))
    return "IncompleteSignatureException";

  const [path = "", query = ""] = url.split("?");
  const lines = names.split(";").map((name) => `${name}:${(headers[name] ?? "").trim()}\n`);
  const canonical = [method, path.replaceAll("%", "%25"), query, lines.join(""), names, sha(body)].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, `${day}/${region}/${service}/aws4_request`, sha(canonical)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<Buffer | string>(
    (last, part) => mac(last, part),
    `AWS4${secret}`,
  );
  const right = timingSafeEqual(mac(key, toSign), Buffer.from(signature, "hex"));
  return right ? null : "InvalidSignatureException";
}

function sha(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function mac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
