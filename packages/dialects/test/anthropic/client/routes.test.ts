import type { ListedModel } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { call, client } from "../fixtures.ts";

describe("routes and model lists", () => {
  const models: ListedModel[] = ["a", "b/c", "d", "e"].map((id) => ({ id, ownedBy: "acme", info: null }));
  const list = (query: string) => client.encodeModels(models, call("/v1/models", query));
  const ids = (page: ReturnType<typeof list>) => (page["data"] as { id: string }[]).map((model) => model.id);

  test("claims shared paths only from callers that name the version", () => {
    const shared = client.routes.filter((route) => route.path.startsWith("/v1/models"));
    expect(shared.length).toBe(2);
    for (const route of shared) {
      expect(route.claims?.(call("/v1/models", "", { "anthropic-version": "2023-06-01" }))).toBe(true);
      expect(route.claims?.(call("/v1/models"))).toBe(false);
    }
  });

  test("pages by limit, after_id and before_id", () => {
    expect(list("")).toMatchObject({ has_more: false, first_id: "a", last_id: "e" });
    expect(list("limit=2")).toMatchObject({ has_more: true, first_id: "a", last_id: "b/c" });
    expect(ids(list("limit=2&after_id=b/c"))).toEqual(["d", "e"]);
    expect(list("limit=2&before_id=e")).toMatchObject({ has_more: true, first_id: "b/c", last_id: "d" });
    expect(list("limit=9&before_id=b/c")).toMatchObject({ has_more: false, first_id: "a", last_id: "a" });
    expect(client.encodeModels([], call("/v1/models"))).toEqual({
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
    for (const limit of ["0", "1001", "x", "1.5"]) {
      expect(() => list(`limit=${limit}`)).toThrowError(expect.objectContaining({ param: "limit" }));
    }
  });

  test("names a model in a path, slashes included", () => {
    expect(client.modelOf(call("/claude/v1/models/acme/large"))).toBe("acme/large");
  });

  test("tells what the catalogue knows and nothing else", () => {
    const info = {
      id: "a",
      name: "A",
      created: "2026-02-03",
      contextTokens: 5,
      maxOutputTokens: 2,
      abilities: { vision: true },
    };
    expect(client.encodeModel({ id: "a", ownedBy: "acme", info }, call("/v1/models/a"))).toEqual({
      type: "model",
      id: "a",
      display_name: "A",
      created_at: "2026-02-03T00:00:00Z",
      max_input_tokens: 5,
      max_tokens: 2,
      capabilities: { image_input: { supported: true } },
      owned_by: "acme",
    });
  });
});
