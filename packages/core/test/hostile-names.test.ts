import { upstreams } from "@sluice/testkit";
import { expect, test } from "vitest";
import { replyOf, simulate, vendor } from "./_simulated.ts";

const answering = (config = {}) => {
  const simulated = simulate(config);
  for (const id of ["a", "b"]) simulated.world.upstream(`https://${id}.test`, upstreams.replying(replyOf("ok")));
  return simulated;
};

test.each(["a/😀", "a/mødel", "a/%2f..%2f", "a/x y"])("a model may be called %s", async (model) => {
  const { chat, world } = answering();
  const { status, headers } = await chat({ model });
  expect(status).toBe(200);
  expect(decodeURIComponent(headers.get("x-sluice-model")?.replace("%2f..%2f", "%252f..%252f") ?? "")).toBe(
    model.slice(2),
  );
  expect(JSON.parse(world.calls[0]?.body ?? "")).toMatchObject({ model: model.slice(2) });
});

test.each([
  "a/m\r\nx-evil: 1",
  "a/m\0",
  "a/\ud800",
  "a/../admin",
  "a/m/..",
  "a/./m",
  `a/${"m".repeat(300)}`,
  "a/\u0085",
])("the name %j is refused wherever a model is named", async (name) => {
  const { chat, world, gateway } = answering();
  for (const body of [{ model: name }, { fallback: [name] }, { model: "a/m", models: ["b/m", name] }]) {
    const { status } = await chat(body);
    expect(status).toBe(400);
  }
  // What is not well-formed cannot stand in a path.
  const path = encodeURIComponent(name.replaceAll("\ud800", "\0")).replaceAll(".", "%2e");
  const found = await world.run(gateway.fetch(new Request(`http://gateway.test/v1/models/${path}`)));
  expect([400, 404]).toContain(found.status);
  expect(world.calls).toEqual([]);
});

test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
  "%s is a name like any other: as model, member, extra, tag and label",
  async (name) => {
    const { chat, world, receipts } = answering({
      providers: [vendor("a")({ rename: { known: "other" } }), vendor("b")()],
      models: { [name]: "a/m" },
    });
    expect((await chat({ model: `a/${name}` })).status).toBe(200);
    expect(JSON.parse(world.calls[0]?.body ?? "")).toMatchObject({ model: name });
    expect((await chat({ model: name })).status).toBe(200);

    const own = JSON.parse(`{ "${name}": { "polluted": true } }`) as object;
    const metadata = JSON.parse(`{ "${name}": "yes" }`) as Record<string, string>;
    const { status } = await chat({ ...own, metadata, extra_body: own });
    expect(status).toBeLessThan(500);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const tagged = await chat({ tags: metadata });
    expect(tagged.status).toBeLessThan(500);
    expect(receipts.every(({ tags }) => Object.getPrototypeOf(tags) !== null)).toBe(true);
  },
);
