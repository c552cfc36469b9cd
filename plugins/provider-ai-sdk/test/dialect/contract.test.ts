import { testDialect } from "@sluice/testkit";
import { aiSdkDialect } from "../../src/dialect/index.ts";
import { recordings } from "./_recordings.ts";

testDialect(aiSdkDialect, recordings, { stateDomain: "ai-sdk.acme", signsThoughts: true });
