import type { ChatRequest, UpstreamTarget } from "@sluice/core";

/** Whether chat can carry all of a request to a vendor that speaks something richer too. */
export function expresses(request: ChatRequest, { quirks, stateDomain }: UpstreamTarget): boolean {
  const { reasoning, tools = [], providerTools = [], messages } = request;
  const thinks = reasoning !== undefined && reasoning.effort !== "none" && reasoning.budgetTokens !== 0;
  if (thinks && quirks.hidesThinking === true) return false;
  if (thinks && tools.length > 0 && (quirks.reasoningWithTools ?? "allowed") !== "allowed") return false;
  if (providerTools.some(({ format }) => format !== "openai-chat")) return false;
  if ((quirks.reasoningEcho ?? "never") !== "never") return true;
  const parts = messages.flatMap((message) => message.parts);
  return !parts.some((part) => part.type === "reasoning" && part.state?.domain === stateDomain);
}
