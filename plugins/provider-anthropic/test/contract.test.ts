import { testProvider } from "@sluice/testkit";
import { anthropic } from "../src/index.ts";

testProvider(anthropic);
