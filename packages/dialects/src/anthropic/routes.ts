import type { ClientCall, ClientRoute } from "@sluice/core";

const namesVersion = (call: ClientCall) => call.headers.has("anthropic-version");

/** Model lists are shared with other dialects: this one claims the calls that name its version. */
export const routes: readonly ClientRoute[] = [
  { method: "POST", path: "/v1/messages", operation: "chat" },
  { method: "POST", path: "/claude/v1/messages", operation: "chat" },
  { method: "GET", path: "/claude/v1/models", operation: "models" },
  { method: "GET", path: "/claude/v1/models/**", operation: "model" },
  { method: "GET", path: "/v1/models", operation: "models", claims: namesVersion },
  { method: "GET", path: "/v1/models/**", operation: "model", claims: namesVersion },
];
