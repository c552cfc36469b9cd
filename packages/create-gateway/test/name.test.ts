import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identifierOf, spellingsOf } from "../src/identifier.ts";
import { guessName, nameOfFolder, problemOfName, toPackageName } from "../src/name.ts";

describe("the name of a project", () => {
  test.each([
    ["my-gateway", "my-gateway"],
    ["apps/My Gateway", "my-gateway"],
    ["./a/../gw", "gw"],
    [".", "here"],
    ["@acme/gateway", "gateway"],
    ["_private", "private"],
    ["gw-", "gw"],
    ["v1.2", "v1.2"],
    ["网关", ""],
  ])("in the folder %s is %s", (folder, name) => {
    expect(nameOfFolder(folder, "/tmp/here")).toBe(name);
  });

  test.each([
    ["gw", null],
    ["", "it has no letter or digit"],
    ["sluice", "the project depends on a package of that name"],
    ["zod", "the project depends on a package of that name"],
    ["node_modules", "the project depends on a package of that name"],
    ["x".repeat(215), "it is longer than 214 characters"],
    ["a b", "only a–z, 0–9, - . _ ~ may stand in it"],
  ])("%s: %s", (name, problem) => {
    expect(problemOfName(name)).toBe(problem);
  });

  test("is valid, taken or empty, whatever the folder is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const problem = problemOfName(toPackageName(text));
        expect(problem ?? "").toMatch(/^$|^it has no letter|^the project depends/);
      }),
    );
  });

  test("has a guess that is valid, whatever was wrong", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(problemOfName(guessName(text))).toBeNull();
      }),
    );
    expect(guessName("sluice")).toBe("my-sluice");
  });
});

describe("the identifier of a plugin", () => {
  test.each([
    ["sluice-plugin-word-count", "wordCount"],
    ["sluice-log2", "log2"],
    ["my.plugin_two", "myPluginTwo"],
    ["3d", "plugin3d"],
    ["import", "importPlugin"],
    ["headers", "headersPlugin"],
    ["sluice-plugin-", "plugin"],
  ])("of %s is %s", (name, identifier) => {
    expect(identifierOf(name)).toBe(identifier);
  });

  test("has three spellings", () => {
    expect(spellingsOf("wordCount")).toEqual({ id: "wordCount", type: "WordCount", code: "WORD_COUNT" });
  });

  test("can be declared, whatever the package is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const name = identifierOf(toPackageName(text));
        // oxlint-disable-next-line typescript/no-implied-eval, eslint/no-new-func
        new Function(`"use strict"; const ${name} = 1; return ${name};`);
        expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
      }),
    );
  });
});
