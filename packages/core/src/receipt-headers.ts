import type { Receipt } from "./receipt.ts";

/** What every answer carries in its headers: known before the body. */
export function receiptHeaders(receipt: Receipt): Record<string, string> {
  const headers = baseHeaders(receipt.request_id);
  const last = receipt.attempts.at(-1);
  if (receipt.actual_model !== null) headers["x-sluice-model"] = headerSafe(receipt.actual_model);
  if (receipt.provider !== null) headers["x-sluice-provider"] = receipt.provider;
  if (receipt.route !== null) headers["x-sluice-route"] = headerSafe(receipt.route);
  headers["x-sluice-attempts"] = String(receipt.attempts.length);
  if (receipt.source !== null) headers["x-sluice-cache"] = receipt.cache_hit ? "hit" : "miss";
  if (receipt.warnings.length > 0) headers["x-sluice-warnings"] = warningCodes(receipt);
  if (last && last.status !== null) headers["x-sluice-upstream-status"] = String(last.status);
  if (last && last.upstream_request_id !== null)
    headers["x-sluice-upstream-request-id"] = headerSafe(last.upstream_request_id);
  headers["server-timing"] = serverTiming(receipt);
  return headers;
}

/** What is known once an answer is whole. */
export function costHeaders(receipt: Receipt): Record<string, string> {
  const headers: Record<string, string> = {};
  const { cost_usd, currency, usage_source } = receipt;
  if (cost_usd !== null) headers["x-sluice-cost-usd"] = String(cost_usd);
  const code = currency?.code.toLowerCase();
  const amount = code === undefined ? null : receipt[`cost_${code}`];
  if (typeof amount === "number") headers[`x-sluice-cost-${code}`] = String(amount);
  if (usage_source === "estimated") headers["x-sluice-estimated"] = "true";
  return headers;
}

export function baseHeaders(requestId: string): Record<string, string> {
  return { "x-request-id": requestId, "request-id": requestId, "cache-control": "no-store", vary: "Authorization" };
}

function warningCodes({ warnings }: Receipt): string {
  return headerSafe([...new Set(warnings.map(({ code }) => code))].slice(0, 8).join(","));
}

function serverTiming({ total_ms, attempts }: Receipt): string {
  let timing = `total;dur=${total_ms}`;
  for (const [index, { ms, ttft_ms }] of attempts.entries())
    timing += `, attempt${index + 1};dur=${ms || (ttft_ms ?? 0)}`;
  return timing;
}

const unsafe = /[^\u0020-\u007e]/;
const everyUnsafe = /[^\u0020-\u007e]/gu;

// Header values are visible ASCII; everything else is percent-encoded, lone surrogates too.
function headerSafe(value: string): string {
  if (!unsafe.test(value)) return value;
  return value.toWellFormed().replace(everyUnsafe, encodeURIComponent);
}
