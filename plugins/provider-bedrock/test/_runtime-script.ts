import { createGateway, hostPorts } from "@sluice/core";
import { bedrock } from "../src/index.ts";

// Asks the server that it is told of, as this runtime does, and says what it got.
const [baseURL = "", accessKeyId = "", secretAccessKey = "", model = ""] = process.argv.slice(2);
const silence = { debug() {}, info() {}, warn() {}, error() {} };
const gateway = createGateway(
  { providers: [bedrock({ baseURL, region: "us-west-2", credentials: { accessKeyId, secretAccessKey } })] },
  { ...hostPorts(), logger: silence },
);
const texts: string[] = [];
for (const stream of [false, true]) {
  const request = new Request("http://gateway.test/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: `bedrock/${model}`, stream, messages: [{ role: "user", content: "Say ✓ 世界." }] }),
  });
  texts.push(await (await gateway.fetch(request)).text());
}
await gateway.close({ graceMs: 0 });
console.log(JSON.stringify(texts));
