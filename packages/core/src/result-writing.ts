import type { Exchange } from "./exchange.ts";
import type { OperationClient, ResultContext } from "./operation-dialect.ts";
import type { OperationName, OperationRequest } from "./operation.ts";

/** The half of the exchange's dialect that clients speak. */
export function clientOf(exchange: Exchange): OperationClient<OperationName> {
  return exchange.speaker.client as OperationClient<OperationName>;
}

/** What encoders know of the request that they answer. */
export function resultContextOf(exchange: Exchange): ResultContext {
  const { record, ports } = exchange;
  const request = exchange.request as OperationRequest;
  return {
    requestId: exchange.id,
    created: Math.floor(ports.clock.now() / 1000),
    model: record.target?.model ?? request.model,
    channel: record.target?.channel.id ?? null,
    request,
    warn: (warning) => record.warn(warning),
  };
}
