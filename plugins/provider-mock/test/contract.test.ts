import { testProvider } from "@sluice/testkit";
import { mock } from "../src/index.ts";

testProvider(mock);
