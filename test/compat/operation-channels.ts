import type { ChannelSpec } from "@sluice/core";
import { cohere, jina, mistral, voyage } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import type { MockUpstream } from "@sluice/testkit";

/** One channel for each vendor that has something beside chat, under a name without a slash, which Google's library takes. */
export function operationChannels(vendors: MockUpstream): ChannelSpec[] {
  const at = (dialect: Parameters<MockUpstream["baseURL"]>[0]) => ({
    baseURL: vendors.baseURL(dialect),
    apiKey: "sk-any",
  });
  return [
    openai({ id: "openai-all", ...at("openai-chat"), models: ["embed-openai", "judge-openai"] }),
    gemini({ id: "gemini-all", ...at("gemini"), models: ["embed-gemini"] }),
    cohere({
      id: "cohere-all",
      ...at("cohere-rerank"),
      speaks: ["cohere-embeddings", "cohere-rerank"],
      models: ["embed-cohere", "rank-cohere"],
    }),
    mistral({ id: "mistral-all", ...at("openai-chat"), models: ["embed-mistral", "judge-mistral"] }),
    voyage({ id: "voyage-all", ...at("openai-chat"), models: ["embed-voyage", "rerank-voyage"] }),
    jina({ id: "jina-all", ...at("openai-chat"), models: ["embed-jina", "rank-jina"] }),
  ];
}
