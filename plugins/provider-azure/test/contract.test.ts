import { testProvider } from "@sluice/testkit";
import { azure } from "../src/index.ts";
import { azureFront } from "./_front.ts";

testProvider(azure, { front: azureFront });
