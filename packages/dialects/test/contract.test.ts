import { recordings, testDialect } from "@sluice/testkit";
import { anthropic, gemini, openaiChat, openaiResponses } from "../src/index.ts";

testDialect(openaiChat, recordings("openai-chat"), { model: "gpt-4.1-mini" });
testDialect(openaiResponses, recordings("openai-responses"), {
  model: "gpt-5-mini",
  info: { id: "gpt-5-mini", reasoning: ["effort"], abilities: { reasoning: true } },
  signsThoughts: true,
  hasStop: false,
});
testDialect(anthropic, recordings("anthropic"), {
  model: "claude-sonnet-5",
  info: { id: "claude-sonnet-5", reasoning: ["adaptive", "effort"] },
  signsThoughts: true,
});
testDialect(gemini, recordings("gemini"), { model: "gemini-3-pro", signsThoughts: true });
