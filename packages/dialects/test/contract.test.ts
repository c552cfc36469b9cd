import { recordings, testDialect } from "@sluice/testkit";
import { anthropic, gemini, openaiChat } from "../src/index.ts";

testDialect(openaiChat, recordings("openai-chat"), { model: "gpt-5-mini" });
testDialect(anthropic, recordings("anthropic"), { model: "claude-sonnet-5" });
testDialect(gemini, recordings("gemini"), { model: "gemini-3-pro" });
