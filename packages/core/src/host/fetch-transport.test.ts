import { testTransport } from "@sluice/testkit";
import { createFetchTransport } from "./fetch-transport.ts";

testTransport("fetch", createFetchTransport, {
  limitsDial: false,
  seesDial: true,
  seesAddresses: false,
  undoesEncodings: false,
});
