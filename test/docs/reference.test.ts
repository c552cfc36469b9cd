import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { coreExtras, createGateway, isGatewayError, pluginFields, type GatewayConfig } from "@sluice/core";
import { mock } from "@sluice/provider-mock";
import { describe, expect, test } from "vitest";
import { errorPages, findingExamples } from "../../scripts/error-pages.ts";
import { commands, optionPages, tables } from "../../scripts/option-tables.ts";
import { pageOf, root } from "./_pages.ts";

describe("what scripts write", () => {
  test.each([...optionPages(), ...errorPages()])("%s is as `pnpm run docs` writes it", (path, text) => {
    expect(pageOf(path).text).toBe(text);
  });

  // The gateway itself names the fields that it knows when it refuses one.
  test.each([
    ["gateway", { made_up: 1 }],
    ["limits", { limits: { made_up: 1 } }],
    ["timeouts", { timeouts: { made_up: 1 } }],
    ["channel", { providers: [mock({ made_up: 1 })] }],
  ] as const)("the options of %s are those that the gateway takes", (name, wrong) => {
    const known = knownFields({ providers: [], ...wrong } as unknown as GatewayConfig);
    expect(tables[name].map((option) => option.name).toSorted()).toEqual(known.toSorted());
  });

  test("every command of the command line has its flags written", () => {
    const files = globSync("*.ts", { cwd: join(root, "packages/cli/src/commands") });
    expect(Object.keys(commands).toSorted()).toEqual(files.map((file) => basename(file, ".ts")).toSorted());
  });

  test("every option says what it means", () => {
    const silent = Object.values(tables)
      .flat()
      .filter(({ meaning }) => meaning === "");
    expect(silent).toEqual([]);
  });

  test("every code has a section with a fix", () => {
    const sections = pageOf("docs/errors.md").text.split(/^### /m).slice(1);
    const fixed = sections.filter((section) => /^SLUICE_[A-Z_]+\n\n> .+[\s\S]*\*\*Fix\.\*\* \S+/.test(section));
    expect(sections.length).toBeGreaterThan(80);
    expect(fixed).toHaveLength(sections.length);
  });

  test("every finding of `sluice check` has its section", () => {
    const sources = globSync("packages/cli/src/*.ts", { cwd: root }).map((file) =>
      readFileSync(join(root, file), "utf8"),
    );
    const named = sources.flatMap((source) => [...source.matchAll(/"(?:error|warning)",\s*"([A-Z_]+)"/g)]);
    const codes = new Set(named.map((match) => `SLUICE_CHECK_${match[1]}`));
    expect(codes.size).toBeGreaterThan(5);
    expect(new Set(findingExamples().map(({ code }) => code))).toEqual(codes);
  });

  test("every warning of the dialects and the core is explained", () => {
    const sources = globSync("packages/{dialects,core}/src/**/*.ts", { cwd: root });
    const code = /(?:\bcode: |warnOnce\(state, )"([a-z]+(?:_[a-z]+)+)"(?=, (?:message|name|type|wire|"))/g;
    const codes = sources.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(code)].map((match) => match[1]),
    );
    expect(new Set(codes).size).toBeGreaterThan(15);
    expect(untold("docs/dialects.md", codes)).toEqual([]);
  });
});

describe("what people write is complete", () => {
  const gateway = createGateway({ providers: [mock()] });
  const answer = gateway.fetch(
    new Request("http://gateway/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", "x-sluice-unknown": "1" },
      body: JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "hello" }] }),
    }),
  );
  const source = (path: string) => readFileSync(join(root, path), "utf8");

  test("every extra", () => {
    expect(untold("docs/extras-and-receipt.md", Object.keys(coreExtras))).toEqual([]);
  });

  test("every field of a receipt", async () => {
    const { sluice } = (await (await answer).clone().json()) as { sluice: object };
    expect(Object.keys(sluice).length).toBeGreaterThan(25);
    expect(untold("docs/extras-and-receipt.md", Object.keys(sluice))).toEqual([]);
  });

  test("every header of an answer", async () => {
    const names = [...(await answer).headers.keys()].filter((name) => /^x-|^request-id|^server-/.test(name));
    expect(names).toContain("x-sluice-warnings");
    expect(untold("docs/extras-and-receipt.md", names)).toEqual([]);
  });

  test("every class of failure", () => {
    const union = /export type FailureClass =([^;]+);/.exec(source("packages/core/src/failure.ts"))?.[1] ?? "";
    const classes = [...union.matchAll(/"([a-z]+)"/g)].map((match) => match[1]);
    expect(classes.length).toBeGreaterThan(10);
    expect(untold("docs/attempts.md", classes)).toEqual([]);
  });

  test("every field of a plugin, and every hook", () => {
    expect(untold("docs/plugins/writing-a-plugin.md", pluginFields)).toEqual([]);
    const hooks = [...source("packages/core/src/hooks.ts").matchAll(/^ {2}"([a-z]+:[a-z]+)"/gm)].map(
      (match) => match[1],
    );
    expect(hooks.length).toBeGreaterThan(4);
    expect(untold("docs/life-of-a-request.md", hooks)).toEqual([]);
  });

  test("every path that a dialect serves", () => {
    const { text } = pageOf("docs/dialects.md");
    const parts = gateway.inspect().routes.flatMap(({ path }) => path.split(/\/(?::\w+|\*\*)/));
    const missing = parts.filter((part) => part !== "" && part !== "/models" && !text.includes(part));
    expect(missing.filter((part) => !/^\/v1(beta|alpha)?\/models$/.test(part))).toEqual([]);
  });
});

/** Names that stand in no inline code of a page. */
function untold(path: string, names: readonly (string | undefined)[]): (string | undefined)[] {
  const told = new Set(pageOf(path).spans.map(({ text }) => text));
  return [...new Set(names)].filter((name) => name === undefined || !told.has(name));
}

function knownFields(config: GatewayConfig): string[] {
  try {
    createGateway(config);
  } catch (error) {
    if (isGatewayError(error)) return (/Known: (.*)\.$/.exec(error.hint)?.[1] ?? "").split(", ");
  }
  return [];
}
