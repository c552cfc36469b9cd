import type { Workload } from "./workloads.ts";

/** What OpenAI's SDK sends beside the body, so that every subject reads as many headers as in life. */
const sdkHeaders: Readonly<Record<string, string>> = {
  accept: "application/json",
  "content-type": "application/json",
  "user-agent": "OpenAI/JS 7.55.0",
  authorization: "Bearer sk-bench-client",
  "x-stainless-retry-count": "0",
  "x-stainless-lang": "js",
  "x-stainless-package-version": "7.55.0",
  "x-stainless-os": "Linux",
  "x-stainless-arch": "x64",
  "x-stainless-runtime": "node",
  "x-stainless-runtime-version": "v26.10.0",
};

/** A whole request on the wire, made once and sent many times. */
export function requestBytes(
  body: object,
  headers: Readonly<Record<string, string>> = {},
  path = "/v1/chat/completions",
): Buffer {
  const json = Buffer.from(JSON.stringify(body));
  const lines = Object.entries({ host: "127.0.0.1", ...sdkHeaders, ...headers, "content-length": String(json.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`), json]);
}

export function requestFor(workload: Workload, asked: { model: string; headers: Record<string, string> }): Buffer {
  return requestBytes(workload.body(asked.model), asked.headers, workload.path);
}
