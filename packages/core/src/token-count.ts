import type { OperationRequestBase, OperationResultBase } from "./operation.ts";
import type { ChatRequest } from "./request.ts";

/** How many tokens a chat request would have as its input. Nothing is generated. */
export interface TokenCountRequest extends OperationRequestBase {
  operation: "token-count";
  chat: ChatRequest;
}

export interface TokenCountResult extends OperationResultBase {
  inputTokens: number;
  /** Of these read from the vendor's cache, where the vendor says so. */
  cachedTokens?: number;
}
