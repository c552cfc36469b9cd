import { testTransport } from "@sluice/testkit";
import { createUndiciTransport } from "./undici-transport.ts";

testTransport("undici", createUndiciTransport, {
  limitsDial: true,
  seesDial: true,
  seesAddresses: true,
  undoesEncodings: true,
});
