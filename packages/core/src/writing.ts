import type { Answer } from "./answer.ts";
import type { Settings } from "./config.ts";
import type { AnswerContext } from "./dialect.ts";
import { errors } from "./errors.ts";
import type { GatewayError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Receipt } from "./receipt.ts";
import type { ChatRequest } from "./request.ts";
import type { Stages } from "./stages.ts";
import { verdictOf } from "./verdict.ts";

/** What writing an answer needs beside the exchange. */
export interface Writing {
  exchange: Exchange;
  stages: Stages;
  timeouts: Settings["timeouts"];
  /** Whether receipts go into bodies. */
  inBody: boolean;
  /** Called when the last byte is out, with the status that the client saw. */
  onDone: (status: number, receipt: Receipt, error: GatewayError | null) => void;
}

/** How a request that ended with this error is settled. */
export function resultOf(error: GatewayError): "refusal" | "failure" | "abort" {
  if (error.reason === "client_disconnected") return "abort";
  return error.code.includes("_UPSTREAM_") || error.status >= 500 ? "failure" : "refusal";
}

/** What the client is told of an upstream that failed after its answer had begun. */
export function verdictFor(exchange: Exchange, failure: Parameters<typeof verdictOf>[0]): GatewayError {
  const { target } = exchange.record;
  return target ? verdictOf(failure, target, false) : errors.INTERNAL().because(failure);
}

/** Where the answer came from, for the receipt. */
export function note(exchange: Exchange, answer: Answer): void {
  exchange.record.source = answer.source;
}

/** What encoders know of the request that they answer. */
export function contextOf(exchange: Exchange): AnswerContext {
  const { record, ports } = exchange;
  const request = exchange.request as ChatRequest;
  return {
    requestId: exchange.id,
    created: Math.floor(ports.clock.now() / 1000),
    model: record.target?.model ?? request.model,
    request,
    warn: (warning) => record.warn(warning),
  };
}
