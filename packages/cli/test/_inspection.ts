import type { InspectedChannel, Inspection, ListedModel, ModelPrice, Receipt, RequestDone } from "@sluice/core";

/** Plain data for tables: a gateway as it was resolved, and requests that it answered. */
export function channel(changes: Partial<InspectedChannel> = {}): InspectedChannel {
  return {
    id: "openai",
    provider: "openai",
    name: "OpenAI",
    mock: false,
    state: "ready",
    key: { from: "variable", variable: "OPENAI_API_KEY" },
    origins: ["https://api.openai.com"],
    baseURL: "https://api.openai.com/v1",
    speaks: ["openai-chat"],
    models: ["*"],
    priority: 0,
    weight: 1,
    region: null,
    ...changes,
  };
}

export const mockChannel: InspectedChannel = channel({
  id: "mock",
  provider: "mock",
  mock: true,
  key: { from: "none" },
});

export const keyless: InspectedChannel = channel({
  id: "anthropic",
  provider: "anthropic",
  state: "no-key",
  key: { from: "missing", variables: ["ANTHROPIC_API_KEY"] },
});

export function served(id: string, ownedBy = "openai", price?: ModelPrice): ListedModel {
  return { id, ownedBy, info: { id, ...(price ? { price } : {}) } };
}

export function inspection(changes: Partial<Inspection> = {}): Inspection {
  return {
    plugins: [],
    channels: [mockChannel, channel(), keyless],
    models: [{ name: "default", kind: "alias", targets: ["openai/gpt-5.4", "mock/echo"] }],
    routes: ["/v1/messages", "/claude/v1/messages", "/gemini/:version/models/**"].map((path) => ({
      method: "POST",
      path,
      owner: "gateway",
      operation: "chat",
    })),
    served: [served("default", "sluice"), served("openai/gpt-5.4")],
    ...changes,
  };
}

export function receipt(changes: Partial<Receipt> = {}): Receipt {
  return {
    request_id: "req_1",
    requested_model: "default",
    actual_model: "gpt-5.4",
    channel: "openai",
    provider: "openai",
    route: "default",
    mock: false,
    dialect: "openai-chat",
    upstream_dialect: "openai-chat",
    path: "byte",
    stream: true,
    complete: true,
    attempts: [],
    skipped: [],
    why: [],
    warnings: [],
    source: "upstream",
    cached: false,
    cache_hit: false,
    usage: {
      input_tokens: 1180,
      cache_read_tokens: null,
      cache_write_tokens: null,
      output_tokens: 212,
      reasoning_tokens: null,
    },
    usage_source: "upstream",
    cost_nano_usd: "4100000",
    cost_usd: 0.0041,
    price_source: "test",
    price_version: "1",
    ttft_ms: 184,
    total_ms: 820,
    tags: {},
    error: null,
    ...changes,
  };
}

export function done(changes: Partial<RequestDone> = {}): RequestDone {
  return {
    requestId: "req_1",
    operation: "chat",
    method: "POST",
    path: "/v1/chat/completions",
    dialect: "openai-chat",
    status: 200,
    receipt: receipt(),
    totalMs: 820,
    error: null,
    ...changes,
  };
}
