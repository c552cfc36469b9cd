import { testPlugin } from "@sluice/testkit";
import { prices } from "../src/index.ts";

testPlugin(() => prices());
