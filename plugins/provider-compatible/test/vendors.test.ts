import { readFileSync } from "node:fs";
import type { ChannelSpec, Dialect, Quirks } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { page, vendorTable, withTable } from "../scripts/vendor-table.ts";
import * as factories from "../src/index.ts";
import type { Vendor } from "../src/vendor.ts";
import { compatible, vendors, type VendorId } from "../src/index.ts";
import { call, channelOf, chatOf, key } from "./_call.ts";

const rows = Object.entries<Vendor>(vendors) as [VendorId, Vendor][];

describe.each(rows)("%s", (id, vendor) => {
  test("has an address, a key and a page that were read on a day", () => {
    for (const url of [...basesOf(vendor), ...(vendor.elsewhere ?? [])]) {
      expect(url).toMatch(/^(https:\/\/[a-z0-9.-]+|http:\/\/127\.0\.0\.1:\d+)(\/[a-z0-9./-]*[a-z0-9])?$/);
    }
    for (const variable of vendor.keyVariables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(vendor.docs.url).toMatch(/^https:\/\//);
    expect(vendor.docs.read).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  test("says what is in doubt exactly when something is", () => {
    expect(vendor.verified).toBe(vendor.doubt === undefined);
  });

  test("has a factory of its own name, and one by vendor", () => {
    const spec = channelOf(id);
    expect(spec.provider).toMatchObject({
      id,
      name: vendor.name,
      keyVariables: vendor.keyVariables,
      docs: vendor.docs,
    });
    const named = anyVendor({ vendor: id, weight: 3 });
    expect(named.provider).toEqual(spec.provider);
    expect(named.options).toMatchObject({ weight: 3 });
    expect(named.settings).toEqual({});
  });
});

const chatting = rows.filter(([, { speaks = ["openai-chat"] }]) => speaks.includes("openai-chat"));

test.each(chatting)("%s is called at its address, with its key in its place", async (id, vendor) => {
  const { url, headers, status } = await call(chatOf(id));
  expect(status).toBe(200);
  expect(url).toBe(`${chatBase(vendor)}/chat/completions`);
  const expected = vendor.keyVariables.length === 0 ? {} : credential(vendor);
  const credentials = Object.entries(headers).filter(([name]) => /authorization|key/.test(name));
  expect(Object.fromEntries(credentials)).toEqual(expected);
});

test("there are at least 28 vendors, and every factory is one of them", () => {
  expect(rows.length).toBeGreaterThanOrEqual(28);
  const named = Object.entries(factories).filter(
    ([, factory]) => typeof factory === "function" && "definition" in factory,
  );
  expect(named.map(([name]) => name).toSorted()).toEqual(Object.keys(vendors).toSorted());
});

describe("a vendor that the table does not know", () => {
  const acme = { id: "acme", baseURL: "https://api.acme.example/v1", keyVariables: ["ACME_API_KEY"] } as const;

  test("is called with its own address and key", async () => {
    const { url, headers } = await call(compatible(acme));
    expect(url).toBe("https://api.acme.example/v1/chat/completions");
    expect(headers["authorization"]).toBe(`Bearer ${key}`);
  });

  test("needs no key unless it says where one is", async () => {
    const { headers, status } = await call(compatible({ id: "acme", baseURL: "http://127.0.0.1:9000/v1" }));
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("authorization");
  });

  test("keeps what plugins claim as settings, and takes the rest as options", () => {
    const spec = compatible({ ...acme, name: "Acme", weight: 2, budget: 5 });
    expect(spec.settings).toEqual({ budget: 5 });
    expect(spec.options).toEqual({ id: "acme", baseURL: acme.baseURL, weight: 2 });
  });
});

describe("mistakes in a config are named", () => {
  test.each([{ vendor: "deepsek" }, { vendor: "constructor" }, { id: "acme" }, { baseURL: "https://x.example" }])(
    "%j",
    (fields) => {
      expect(() => anyVendor(fields)).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
    },
  );

  test("with a guess at what was meant", () => {
    expect(() => anyVendor({ vendor: "deepsek" })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('"deepseek"') }),
    );
  });
});

describe("the docs page", () => {
  test("has the table of today's data", () => {
    const text = readFileSync(page, "utf8");
    expect(withTable(text)).toBe(text);
  });

  test("names every vendor", () => {
    for (const [id] of rows) expect(vendorTable()).toContain(`\`${id}()\``);
  });
});

test("MiniMax is called in Anthropic's dialect first, at its own address", async () => {
  const definition = factories.minimax.definition;
  expect(definition.speaks).toEqual(["anthropic", "openai-chat"]);
  const { upstream } = (definition.dialects.find(({ id }) => id === "anthropic") as Dialect | undefined) ?? {};
  const target = { model: "MiniMax-M3", quirks: {} as Quirks, info: null, stateDomain: "minimax" };
  const path = upstream?.path(target, false);
  expect(`${vendors.minimax.baseURL.anthropic}${path}`).toBe("https://api.minimax.io/anthropic/v1/messages");
});

/** As a config without types would call it. */
function anyVendor(options: object): ChannelSpec {
  return (compatible as unknown as (options: object) => ChannelSpec)(options);
}

function chatBase({ baseURL }: Vendor): string | undefined {
  return typeof baseURL === "string" ? baseURL : baseURL["openai-chat"];
}

test("Cohere is asked in its own API for everything but chat", async () => {
  const { cohere } = factories;
  const bases = vendors.cohere.baseURL;
  expect(cohere.definition.speaks).toEqual(["openai-chat", "cohere-embeddings", "cohere-rerank"]);
  expect([bases["cohere-embeddings"], bases["cohere-rerank"]]).toEqual(Array(2).fill("https://api.cohere.com/v2"));
});

function basesOf({ baseURL }: Vendor): string[] {
  return typeof baseURL === "string" ? [baseURL] : Object.values(baseURL ?? {});
}

function credential({ auth = { type: "bearer" } }: Vendor): Record<string, string> {
  return auth.type === "header" ? { [auth.name]: key } : { authorization: `Bearer ${key}` };
}
