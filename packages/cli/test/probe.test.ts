import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineGateway, defineProvider } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { expect, test } from "vitest";
import { probeChannels } from "../src/probe.ts";

test("a channel that signs its calls is asked with a signature", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((message, response) => {
    seen.push(message.headers["x-signature"] as string | undefined);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cloud = defineProvider({
    id: "cloud",
    name: "Cloud",
    dialects,
    speaks: ["openai-chat"],
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    keyVariables: ["CLOUD_KEY"],
    auth: {
      type: "signed",
      open: ({ key }) => ({
        sign: async ({ method, url }) => ({ "x-signature": `${key} ${method} ${new URL(url).pathname}` }),
        secrets: () => [],
      }),
    },
  });
  const findings = await probeChannels(defineGateway({ providers: [cloud()] }), { CLOUD_KEY: "k" });
  expect(findings).toMatchObject([{ level: "ok" }]);
  expect(seen).toEqual(["k GET /v1/models"]);
  server.closeAllConnections();
  server.close();
});
