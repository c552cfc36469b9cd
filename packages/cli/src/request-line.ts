import type { AttemptRecord, Receipt, RequestDone } from "@sluice/core";
import { printable, type Paint } from "./paint.ts";

const routeWidth = 44;

/** One request as one line: when, status, what was asked, who answered, tokens, money, times, id. */
export function formatRequestLine(event: RequestDone, time: string, paint: Paint): string {
  const { status, receipt, error } = event;
  const start = `${paint.dim(time)} ${paintStatus(status, paint)} ${operationOf(event).padEnd(5)}`;
  if (error && !receipt?.actual_model) {
    const route = receipt?.requested_model ? `${routeOf(receipt, paint)}  ` : "";
    return `${start} ${route}${paint.red(printable(error.message))}  ${paint.dim(`↳ ${printable(error.hint)}`)}    ${paint.dim(error.code)}`;
  }
  const end = paint.dim(event.requestId);
  if (!receipt) return `${start} ${event.method} ${printable(event.path)}  ${milliseconds(event.totalMs)}   ${end}`;
  return `${start} ${pad(routeOf(receipt, paint), routeWidth)} ${measures(receipt, event)}${warning(event, paint)}   ${end}`;
}

/** The wall clock of a place, as `HH:MM:SS`. */
export function clockTime(date: Date): string {
  return date.toTimeString().slice(0, 8);
}

/** Health checks arrive every few seconds and say nothing. */
export function isHealthCheck(event: { path: string }): boolean {
  return event.path === "/healthz" || event.path === "/readyz";
}

const shortNames: Readonly<Record<string, string>> = {
  embeddings: "embed",
  images: "image",
  moderations: "moder",
  "token-count": "count",
  transcription: "hear",
  speech: "speak",
  videos: "video",
  rerank: "rank",
  models: "list",
  model: "list",
};

function operationOf({ operation }: RequestDone): string {
  return operation === null ? "http" : (shortNames[operation] ?? operation);
}

/** `support → openai ✗429 → anthropic/claude-sonnet-4-6`. */
function routeOf(receipt: Receipt, paint: Paint): string {
  const steps = [printable(receipt.requested_model)];
  for (const attempt of receipt.attempts) {
    if (attempt.outcome !== "ok") steps.push(`${attempt.channel} ${paint.red(`✗${failureOf(attempt)}`)}`);
  }
  if (receipt.cached) steps.push("cache");
  else if (receipt.source === "plugin") steps.push("plugin");
  else if (receipt.actual_model !== null) steps.push(targetOf(receipt));
  return steps.join(" → ") + (receipt.mock ? paint.dim(" (mock)") : "");
}

function targetOf(receipt: Receipt): string {
  return receipt.channel === null ? (receipt.actual_model ?? "") : `${receipt.channel}/${receipt.actual_model}`;
}

function failureOf(attempt: AttemptRecord): string {
  return attempt.status === null || attempt.status < 400 ? attempt.outcome : String(attempt.status);
}

function measures(receipt: Receipt, { operation, totalMs }: RequestDone): string {
  // A count of tokens has neither tokens nor a cost of its own.
  const isMeasured = operation !== "token-count";
  const tokens = isMeasured ? `${tokensOf(receipt)} tok` : "";
  const ttft = receipt.ttft_ms === null ? "" : `ttft ${milliseconds(receipt.ttft_ms)}`;
  return `${tokens.padStart(14)}  ${(isMeasured ? costOf(receipt) : "").padEnd(8)} ${ttft.padEnd(11)} ${milliseconds(totalMs).padStart(6)}`;
}

function tokensOf({ usage, cached }: Receipt): string {
  if (cached) return "0";
  if (!usage) return "?";
  return `${count(usage.input_tokens)}→${count(usage.output_tokens)}`;
}

/** An unknown price is said, never shown as nothing. */
function costOf(receipt: Receipt): string {
  if (receipt.cached) return "$0";
  return receipt.cost_usd === null ? "no price" : dollars(receipt.cost_usd);
}

function warning({ receipt, error }: RequestDone, paint: Paint): string {
  if (error) return `  ${paint.red(error.code)}`;
  if (receipt && !receipt.complete) return `  ${paint.yellow("cut")}`;
  const warnings = receipt?.warnings.length ?? 0;
  return warnings === 0 ? "" : `  ${paint.yellow(`⚠ ${warnings}`)}`;
}

function paintStatus(status: number, paint: Paint): string {
  if (status >= 500) return paint.red(String(status));
  return status >= 400 ? paint.yellow(String(status)) : paint.green(String(status));
}

/** 980 · 1.1k · 23k · 1.2M; `?` where it is not known. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return "?";
  if (value < 1000) return String(value);
  if (value < 10_000) return `${(Math.floor(value / 100) / 10).toFixed(1)}k`;
  if (value < 1_000_000) return `${Math.floor(value / 1000)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

/** With the digits that it needs: $12.40, $0.0041, $0.000003. */
export function dollars(value: number): string {
  if (value === 0) return "$0";
  if (value >= 1000) return `$${(value / 1000).toFixed(1)}k`;
  if (value >= 0.1) return `$${value.toFixed(2)}`;
  const digits = Math.min(12, 1 - Math.floor(Math.log10(value)));
  return `$${value.toFixed(digits).replace(/0+$/, "")}`;
}

export function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)}ms` : `${(value / 1000).toFixed(2)}s`;
}

/** Pads by what is seen, without the colour codes. */
function pad(text: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- colour codes are control characters
  const seen = text.replaceAll(/\u001B\[\d+m/g, "").length;
  return text + " ".repeat(Math.max(0, width - seen));
}
