import { defineProvider } from "@sluice/core";
import { testProvider } from "@sluice/testkit";
import { aiSdk } from "../src/index.ts";
import { hello, scripted } from "./_package.ts";

testProvider(defineProvider(aiSdk({ id: "scripted", provider: scripted(hello) }).provider));
