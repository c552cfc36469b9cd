import { createGateway, hostPorts } from "@sluice/core";
import { vertex } from "../src/index.ts";

// Asks the server that it is told of with the account that it is told of, as this runtime does, and says what it got.
const [baseURL = "", serviceAccount = ""] = process.argv.slice(2);
const silence = { debug() {}, info() {}, warn() {}, error() {} };
const gateway = createGateway(
  { providers: [vertex({ baseURL, serviceAccount, project: "my-project", location: "us-central1" })] },
  { ...hostPorts(), logger: silence },
);
const request = new Request("http://gateway.test/v1/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "vertex/gemini-2.5-flash", messages: [{ role: "user", content: "Say ✓." }] }),
});
console.log(await (await gateway.fetch(request)).text());
await gateway.close({ graceMs: 0 });
