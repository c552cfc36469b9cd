import type { AttemptRecord, Receipt } from "./receipt.ts";

/** What is known of a call when its request begins. */
export interface RequestStart {
  requestId: string;
  method: string;
  path: string;
  dialect: string | null;
  /** `chat`, `embeddings`, …, `models`, `model`, `plugin`; null for a call that no route took. */
  operation: string | null;
}

export interface RequestDone extends RequestStart {
  /** Status sent to the client; 499 when it left before one was sent. */
  status: number;
  /** Null for calls that are no model request: lists, health, plugin routes. */
  receipt: Receipt | null;
  /** Whole milliseconds from the first byte in to the last byte out. */
  totalMs: number;
  error: { code: string; message: string; hint: string } | null;
}

/**
 * Events that can only be observed. They run after the fact and off the request path; a throw is logged with the name of
 * the hook and reaches nobody else. Third parties may add names by the `plugin:event` convention.
 */
export interface GatewayHooks {
  "request:start": (event: RequestStart) => void | Promise<void>;
  "attempt:done": (event: { requestId: string; attempt: AttemptRecord }) => void | Promise<void>;
  "request:done": (event: RequestDone) => void | Promise<void>;
  "plugin:error": (event: {
    plugin: string;
    stage: string;
    error: unknown;
    requestId: string | null;
  }) => void | Promise<void>;
  "gateway:close": () => void | Promise<void>;
}
