import { recordings, testDialect } from "@sluice/testkit";
import { openaiChat } from "../../src/openai-chat/index.ts";

testDialect(openaiChat, recordings("openai-chat"));
