import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { definePlugin } from "../src/index.ts";
import { replyOf, simulate } from "./_simulated.ts";

const dialects = {
  openai: { path: "/v1/chat/completions", body: { model: "a/m", messages: [{ role: "user", content: "hi" }] } },
  anthropic: {
    path: "/v1/messages",
    body: { model: "a/m", max_tokens: 10, messages: [{ role: "user", content: "hi" }] },
  },
  gemini: {
    path: "/v1beta/models/a/m:generateContent",
    body: { contents: [{ role: "user", parts: [{ text: "hi" }] }] },
  },
} as const;

interface ErrorBody {
  type?: string;
  error?: Record<string, unknown>;
}

/** Whether a body is an error as each dialect's clients know it. */
const shapes = {
  openai: ({ error = {} }: ErrorBody) => ["message", "type", "param", "code"].every((name) => name in error),
  anthropic: ({ type, error = {} }: ErrorBody) =>
    type === "error" && typeof error["type"] === "string" && typeof error["message"] === "string",
  gemini: ({ error = {} }: ErrorBody) => typeof error["code"] === "number" && typeof error["status"] === "string",
} as const;

function gatewayWith(config: Parameters<typeof simulate>[0] = {}) {
  const simulated = simulate({ limits: { bodyBytes: 20_000 }, ...config });
  simulated.world.upstream("https://a.test", upstreams.replying(replyOf("hello")));
  const post = async (path: string, body: BodyInit, headers: Record<string, string> = {}) => {
    const request = new Request(`http://x${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
    const response = await simulated.world.run(simulated.gateway.fetch(request));
    return { status: response.status, json: JSON.parse(await response.text()), headers: response.headers };
  };
  return { ...simulated, post };
}

const names = ["openai", "anthropic", "gemini"] as const;

describe.each(names)("a caller who speaks %s", (dialect) => {
  const { path, body } = dialects[dialect];
  const json = (extra: object = {}) => JSON.stringify({ ...body, ...extra });
  const field = dialect === "gemini" ? "contents" : "messages";

  test.each([
    ["a malformed body", "{not json", 400, "SLUICE_REQUEST_MALFORMED"],
    ["an empty object", "{}", 400, /^SLUICE_REQUEST_/],
    ["a wrong type", json({ [field]: 7 }), 400, "SLUICE_REQUEST_INVALID"],
    ["a body over the limit", json({ x: "x".repeat(30_000) }), 413, "SLUICE_REQUEST_TOO_LARGE"],
    [
      "10,000 nested brackets",
      json().slice(0, -1) + `,"x":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
      400,
      "SLUICE_REQUEST_TOO_DEEP",
    ],
    ["a duplicate extra", json().slice(0, -1) + `,"timeout":1,"timeout":2}`, 400, "SLUICE_REQUEST_DUPLICATE_FIELD"],
    ["an extra of a wrong type", json({ timeout: "soon" }), 400, "SLUICE_REQUEST_INVALID"],
    ["more time than the operator gives", json({ timeout: 601 }), 400, "SLUICE_REQUEST_INVALID"],
    ["more attempts than the operator allows", json({ attempts: 4 }), 400, "SLUICE_REQUEST_INVALID"],
    ["an extra_body that is no object", json({ extra_body: 3 }), 400, "SLUICE_REQUEST_INVALID"],
  ])("gets one clear error for %s, and nothing is sent upstream", async (_name, text, status, code) => {
    const { post, world } = gatewayWith();
    const answer = await post(path, text);
    expect(answer.status).toBe(status);
    expect(shapes[dialect](answer.json)).toBe(true);
    expect(answer.json.sluice.code).toMatch(code);
    expect(answer.json.sluice.hint).not.toBe("");
    expect(answer.headers.get("x-request-id")).toBe(answer.json.sluice.request_id);
    expect(world.calls).toEqual([]);
  });

  test("gets a 404 with a guess for an unknown model", async () => {
    const { post, world } = gatewayWith({ models: { support: { targets: ["a/m"] } } });
    const asked = dialect === "gemini" ? path.replace("/a/m:", "/suport:") : path;
    const answer = await post(asked, json(dialect === "gemini" ? {} : { model: "suport" }));
    expect([answer.status, answer.json.sluice.code]).toEqual([404, "SLUICE_ROUTE_UNKNOWN_MODEL"]);
    expect(answer.json.sluice.hint).toContain('"support"');
    expect(world.calls).toEqual([]);
  });

  test("gets a 401 for conflicting credentials", async () => {
    const { post } = gatewayWith();
    const answer = await post(path, json(), { authorization: "Bearer sk-1", "x-api-key": "sk-2" });
    expect(answer.status).toBe(401);
    expect(shapes[dialect](answer.json)).toBe(true);
  });

  test("gets an error, not a parse of it, for an upstream's HTML under status 200", async () => {
    const { post, world, receipts } = gatewayWith();
    world.upstream("https://a.test", () => [
      { do: "head", status: 200, headers: { "content-type": "text/html" } },
      { do: "bytes", bytes: "<html>hello</html>" },
      { do: "end" },
    ]);
    const answer = await post(path, json());
    expect([answer.status, answer.json.sluice.code]).toEqual([502, "SLUICE_UPSTREAM_BAD_RESPONSE"]);
    expect(shapes[dialect](answer.json)).toBe(true);
    expect(receipts[0]?.attempts[0]?.outcome).toBe("protocol");
  });

  test("gets its own shape for paths and methods that do not exist", async () => {
    const { gateway, world } = gatewayWith();
    const response = await world.run(
      gateway.fetch(
        new Request(`http://x${path}`, {
          method: "DELETE",
          headers: dialect === "anthropic" ? { "anthropic-version": "2023-06-01" } : {},
        }),
      ),
    );
    const answer = JSON.parse(await response.text());
    expect([response.status, answer.sluice.code]).toEqual([405, "SLUICE_ROUTE_METHOD"]);
    expect(shapes[dialect](answer)).toBe(true);
  });
});

describe("extras", () => {
  const wish = definePlugin("wish", () => ({
    extras: { max_cost: z.number().optional() },
    settle: (ctx) => ctx.report(ctx.extras ?? null),
  }));
  const { path, body } = dialects.openai;

  test("are taken from the top level, then extra_body, then headers, and never reach an upstream", async () => {
    const { post, world } = gatewayWith({ plugins: [wish()] });
    const send = (extra: object, headers: Record<string, string> = {}) =>
      post(path, JSON.stringify({ ...body, ...extra }), headers);
    const seen = async (extra: object, headers?: Record<string, string>) =>
      (await send(extra, headers)).json.sluice.wish;
    expect(await seen({ max_cost: 1, extra_body: { max_cost: 2 } }, { "x-sluice-max-cost": "3" })).toEqual({
      max_cost: 1,
    });
    expect(await seen({ extra_body: { max_cost: 2 } }, { "x-sluice-max-cost": "3" })).toEqual({ max_cost: 2 });
    expect(await seen({}, { "x-sluice-max-cost": "3", "x-sluice-tags": '{"team":"x"}' })).toEqual({
      max_cost: 3,
      tags: { team: "x" },
    });
    for (const call of world.calls) {
      expect(Object.keys(JSON.parse(call.body))).toEqual(["model", "messages"]);
      expect(call.headerNames.some((name) => name.startsWith("x-sluice"))).toBe(false);
    }
  });

  test("what no plugin claims stays where it was, as a vendor's own field", async () => {
    const { post, world } = gatewayWith({ plugins: [wish()] });
    await post(
      path,
      JSON.stringify({ ...body, vendor_field: { b: 1, a: 2 }, extra_body: { max_cost: 2, google: { x: 1 } } }),
    );
    expect(JSON.parse(world.calls[0]?.body ?? "")).toMatchObject({
      vendor_field: { b: 1, a: 2 },
      extra_body: { google: { x: 1 } },
    });
  });

  test.each([
    ["at the top level", { max_cots: 1 }, {}],
    ["in extra_body", { extra_body: { max_cots: 1 } }, {}],
    ["in a header", {}, { "x-sluice-max-cots": "1" }],
  ])("an unknown one %s is a 400 in strict mode, with a guess", async (_name, extra, headers) => {
    const { post, world } = gatewayWith({ plugins: [wish()], strict: true });
    const answer = await post(path, JSON.stringify({ ...body, ...extra }), headers as Record<string, string>);
    expect([answer.status, answer.json.sluice.code]).toEqual([400, "SLUICE_REQUEST_UNKNOWN_FIELD"]);
    expect(answer.json.sluice.hint).toContain('"max_cost"');
    expect(world.calls).toEqual([]);
  });

  test.each([
    ["objects", '{"a":', "}"],
    ["arrays", '{"a":[', "]}"],
  ])("in a header are nested no deeper than a body: %s", async (_, open, close) => {
    const { post, world } = gatewayWith();
    const options = open.repeat(2_000) + "1" + close.repeat(2_000);
    const answer = await post(path, JSON.stringify(body), { "x-sluice-provider-options": options });
    expect([answer.status, answer.json.error.param]).toEqual([400, "x-sluice-provider-options"]);
    expect(world.calls).toEqual([]);
    const brackets = JSON.stringify({ a: "[{".repeat(100) });
    expect((await post(path, JSON.stringify(body), { "x-sluice-tags": brackets })).status).toBe(200);
  });

  test.each([
    [8, 200, undefined],
    [9, 400, expect.stringContaining("deeper than 8 levels")],
  ])("in a header have the levels that the config gives a body: %i of 8", async (levels, status, message) => {
    const { post } = gatewayWith({ limits: { depth: 8 } });
    const options = '{"openai":'.repeat(levels) + "1" + "}".repeat(levels);
    const answer = await post(path, JSON.stringify(body), { "x-sluice-provider-options": options });
    expect([answer.status, answer.json.error?.message]).toEqual([status, message]);
  });

  test("receipt: headers keeps the body bare", async () => {
    const { post } = gatewayWith();
    const answer = await post(path, JSON.stringify({ ...body, receipt: "headers" }));
    expect(answer.json.sluice).toBeUndefined();
    expect(answer.json.cached).toBeUndefined();
    expect(answer.headers.get("x-sluice-model")).toBe("m");
  });
});

test("a limit that the config leaves undefined is its default", async () => {
  const { post } = gatewayWith({ limits: { depth: undefined } as object });
  const deep = JSON.stringify({ ...dialects.openai.body, deep: 1 }).replace(
    "1}",
    "[".repeat(100) + "]".repeat(100) + "}",
  );
  const answer = await post(dialects.openai.path, deep);
  expect([answer.status, answer.json.sluice.code]).toEqual([400, "SLUICE_REQUEST_TOO_DEEP"]);
});

test("a flood of nonsense leaves the gateway serving", async () => {
  const { post } = gatewayWith();
  const nonsense = [
    "",
    "null",
    "[]",
    '"x"',
    "{}",
    '{"model":1}',
    '{"model":"a/m"}',
    '{"model":"a/m","messages":{}}',
    '{"model":"a/m","messages":[null]}',
  ];
  for (const text of nonsense) expect((await post("/v1/chat/completions", text)).status).toBe(400);
  for (const name of names) {
    const { path, body } = dialects[name];
    expect((await post(path, JSON.stringify(body))).status).toBe(200);
  }
});
