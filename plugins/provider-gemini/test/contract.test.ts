import { testProvider } from "@sluice/testkit";
import { gemini } from "../src/index.ts";

testProvider(gemini);
