import { testProvider } from "@sluice/testkit";
import { bedrock } from "../src/index.ts";
import { bedrockFront } from "./_front.ts";

testProvider(bedrock, { model: "us.anthropic.claude-haiku-4-5-20251001-v1:0", front: bedrockFront });
