/** What is tried on every runtime: calls through packages whose vendors are at an address, and at one where nobody is. */
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createMistral } from "@ai-sdk/mistral";
import { aiSdk } from "../src/index.ts";
import { ask, askUntil, gatewayOf, joined, questionOf, turnOf } from "./_ask.ts";

export async function talk(baseURL: string, nobody: string) {
  const keys = { accessKeyId: "AKID", secretAccessKey: "secret" };
  const gateway = gatewayOf(
    aiSdk({ id: "bedrock", provider: createAmazonBedrock({ region: "eu-west-1", ...keys, baseURL }) }),
    aiSdk({ id: "mistral", provider: createMistral({ apiKey: "key", baseURL }) }),
    aiSdk({ id: "gone", provider: createMistral({ apiKey: "key", baseURL: nobody }) }),
  );
  const question = (model: string) => ({ model, attempts: 1, messages: [{ role: "user", content: "Hello" }] });

  const streamed = await ask(gateway, { ...question("bedrock/a-model"), stream: true });
  const limited = await ask(gateway, question("bedrock/a-model"));
  const cut = await askUntil(gateway, question("bedrock/a-model"), "Hi", () => fetch(`${baseURL}/cut`));
  const embedded = await ask(
    gateway,
    { model: "mistral/mistral-embed", input: "one", encoding_format: "float" },
    "/v1/embeddings",
  );
  const unreached = await ask(gateway, question("gone/a-model"));

  const leaving = new AbortController();
  const left = await gateway.fetch(
    questionOf({ ...question("bedrock/a-model"), stream: true }, undefined, leaving.signal),
  );
  const reader = left.body?.getReader();
  await reader?.read();
  leaving.abort();
  await reader?.cancel().catch(() => undefined);
  // Answered when the vendor has seen the connection of the call before go.
  await (await fetch(`${baseURL}/gone`)).text();

  const outcomes = [streamed, limited, cut, embedded, unreached].map(({ receipt }) => {
    const [attempt] = receipt["attempts"] as { outcome: string }[];
    return attempt?.outcome;
  });
  await gateway.close({ graceMs: 0 });
  return {
    outcomes,
    reasoning: joined(streamed.events, "reasoning_content"),
    turn: turnOf(streamed.events),
    retryAfter: limited.headers.get("retry-after"),
    data: embedded.json["data"],
  };
}
