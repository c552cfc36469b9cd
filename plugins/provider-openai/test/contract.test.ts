import { testProvider } from "@sluice/testkit";
import { openai } from "../src/index.ts";

testProvider(openai);
