import { afterEach, expect, test, vi } from "vitest";
import { defineGateway, defineProvider } from "../src/index.ts";
import { vendor } from "./_simulated.ts";

const keyed = defineProvider({ ...vendor("keyed").definition, keyVariables: ["KEYED_API_KEY"] });

/** What `/v1/models` lists: the models of channels that are ready. */
async function listed(env?: object): Promise<string[]> {
  const definition = defineGateway({ providers: [keyed()] });
  const response = await definition.fetch(new Request("http://gateway.test/v1/models"), env);
  const { data } = (await response.json()) as { data: { id: string }[] };
  await definition.close();
  return data.map(({ id }) => id);
}

afterEach(() => vi.unstubAllEnvs());

test("a key comes from the process where the host hands over nothing", async () => {
  expect(await listed()).toEqual([]);
  vi.stubEnv("KEYED_API_KEY", "sk-process");
  expect(await listed()).toEqual(["keyed/m"]);
});

test("a key comes from the bindings that the host hands over", async () => {
  expect(await listed({ KEYED_API_KEY: "sk-binding" })).toEqual(["keyed/m"]);
});

test("a binding that is not set is no key, though the process says null", async () => {
  vi.stubEnv("KEYED_API_KEY", "null");
  expect(await listed({ KEYED_API_KEY: null })).toEqual([]);
});
