import { readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemOfName } from "../src/name.ts";
import type { ProjectPlan } from "../src/plan.ts";
import { fill, renderProject, type ProjectFile } from "../src/project.ts";
import { providerChoices } from "../src/providers.ts";
import { templateChoices, type TemplateChoice } from "../src/templates.ts";

const secret = "s3cr3t-of-the-test";
const ids = providerChoices.map(({ id }) => id);

function planFor(
  template: TemplateChoice,
  providers: readonly string[],
  changes: Partial<ProjectPlan> = {},
): ProjectPlan {
  return {
    directory: "/tmp/word-count",
    folder: "word-count",
    name: "word-count",
    template,
    providers: providerChoices.filter(({ id }) => providers.includes(id)),
    storedKeys: [],
    packageManager: "npm",
    install: false,
    git: false,
    start: false,
    overwrite: false,
    ...changes,
  };
}

function render(plan: ProjectPlan, env: Record<string, string> = {}): Map<string, ProjectFile> {
  return new Map(renderProject(plan, { version: "0.1.0", secret, env }).map((file) => [file.path, file]));
}

function textOf(files: Map<string, ProjectFile>, path: string): string {
  const file = files.get(path);
  if (!file) throw new Error(`${path} is not among ${[...files.keys()].join(", ")}`);
  return file.text;
}

const [starter, edge, plugin] = templateChoices as [TemplateChoice, TemplateChoice, TemplateChoice];

describe("the files of a project", () => {
  const everywhere = [".gitignore", "AGENTS.md", "README.md", "package.json"];
  test.each([
    [
      starter,
      [
        ".env",
        ".env.example",
        ...everywhere,
        "gateway.config.ts",
        "plugins/caller.ts",
        "routes/paid-first.ts",
        "test/gateway.test.ts",
        "tsconfig.json",
      ],
    ],
    [edge, [".env", ".env.example", ...everywhere, "gateway.config.ts", "test/gateway.test.ts", "tsconfig.json"]],
    [plugin, [...everywhere, "src/index.ts", "test/plugin.test.ts", "tsconfig.build.json", "tsconfig.json"]],
  ])("of $id are these", (template, paths) => {
    expect([...render(planFor(template, [])).keys()]).toEqual(paths.toSorted());
  });

  test.each(templateChoices)(
    "of $id have no blank left and end with one newline, whichever providers are chosen",
    (template) => {
      const choices = template.providers ? fc.subarray(ids) : fc.constant([]);
      fc.assert(
        fc.property(choices, (providers) => {
          for (const { text } of render(planFor(template, providers)).values()) {
            expect(text).not.toMatch(/\{\{\w+\}\}/);
            expect(text).toMatch(/[^\n]\n$/);
            expect(text).not.toMatch(/\n\n\n/);
          }
        }),
      );
    },
  );

  test.each(templateChoices)("of $id carry the chosen package manager's commands", (template) => {
    const readme = textOf(render(planFor(template, [], { packageManager: "pnpm" })), "README.md");
    expect(readme).toContain("pnpm install");
    expect(readme).not.toMatch(/\bnpm (run|install)\b/);
  });

  test.each(templateChoices)("of $id depend on what the workspace tests with", (template) => {
    const catalog = readFileSync(new URL("../../../pnpm-workspace.yaml", import.meta.url), "utf8");
    const manifest = manifestOf(render(planFor(template, template.providers ? ids : [])));
    const ranges = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
    });
    expect(ranges.length).toBeGreaterThan(4);
    for (const [name, range] of ranges) expect([name, range]).toEqual([name, expectedRange(name, catalog)]);
  });

  test("depend on no package whose name the project itself could take", () => {
    const manifests = templateChoices.map((template) => manifestOf(render(planFor(template, []))));
    const names = manifests.flatMap(({ dependencies, devDependencies }) =>
      Object.keys({ ...dependencies, ...devDependencies }),
    );
    const unscoped = names.filter((name) => !name.startsWith("@"));
    expect(unscoped).toContain("sluice");
    expect(unscoped.filter((name) => problemOfName(name) === null)).toEqual([]);
  });

  test("come from one release: every package of ours in them has the scaffolder's version", () => {
    const { fixed } = JSON.parse(readFileSync(new URL("../../../.changeset/config.json", import.meta.url), "utf8"));
    const names = templateChoices.flatMap((template) => {
      const manifest = manifestOf(render(planFor(template, template.providers ? ids : [])));
      return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    });
    const ours = names.filter((name) => name === "sluice" || name.startsWith("@sluice/"));
    const group = (fixed as string[][]).find((packages) => packages.includes("create-gateway")) ?? [];
    const released = (name: string) => group.some((entry) => name === entry || matchesGlob(name, entry));
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter((name) => !released(name))).toEqual([]);
  });

  test("name the project", () => {
    const files = render(planFor(starter, []));
    expect(manifestOf(files).name).toBe("word-count");
    expect(textOf(files, "README.md")).toMatch(/^# word-count\n/);
  });

  test("name the plugin in its four spellings", () => {
    const files = render(planFor(plugin, []));
    expect(textOf(files, "src/index.ts")).toContain(
      `export const wordCount = definePlugin("wordCount", (options: WordCountOptions)`,
    );
    expect(textOf(files, "src/index.ts")).toContain(`defineErrors("WORD_COUNT"`);
  });
});

describe("the config", () => {
  test.each([
    [[], `providers: [mock()]`, `targets: ["mock/echo", "mock/lorem"]`, `target: "mock/lorem"`],
    [
      ["openai"],
      `providers: [mock(), openai()]`,
      `targets: ["openai/gpt-6-luna", "openai/gpt-6-sol", "mock/echo"]`,
      `target: "openai/gpt-6-sol"`,
    ],
    [
      ["anthropic", "ollama"],
      `providers: [mock(), anthropic(), ollama()]`,
      `targets: ["anthropic/claude-haiku-5-5", "anthropic/claude-sonnet-5-5", "ollama/llama3.2", "mock/echo"]`,
      `target: "anthropic/claude-sonnet-5-5"`,
    ],
  ])("with %j has its providers, an alias with a fallback, and a rule", (providers, ...lines) => {
    const config = textOf(render(planFor(starter, providers)), "gateway.config.ts");
    for (const line of lines) expect(config).toContain(line);
  });

  test("imports two providers of one package in one line", () => {
    const config = textOf(render(planFor(starter, ["deepseek", "ollama"])), "gateway.config.ts");
    expect(config).toMatch(/^import \{ deepseek, ollama \} from .@sluice\/provider-compatible.;$/m);
  });

  test.each(providerChoices.filter((provider) => provider.package !== "@sluice/provider-compatible"))(
    "names models of $label that its package knows",
    (provider) => {
      const folder = provider.package.replace("@sluice/", "../../../plugins/");
      const catalogue = readFileSync(new URL(`${folder}/src/catalogue.ts`, import.meta.url), "utf8");
      expect(catalogue).toContain(`"${provider.everyday}"`);
      expect(catalogue).toContain(`"${provider.best}"`);
    },
  );

  test("depends on a provider's package only when it is chosen", () => {
    expect(manifestOf(render(planFor(starter, []))).dependencies).not.toHaveProperty("@sluice/provider-openai");
    expect(manifestOf(render(planFor(starter, ["openai"]))).dependencies).toHaveProperty("@sluice/provider-openai");
  });
});

describe("the secrets", () => {
  const env = { OPENAI_API_KEY: "sk-found-in-the-shell", ANTHROPIC_API_KEY: "sk-ant-other" };

  test("the generated secret is in .env alone, which only its owner reads", () => {
    const files = render(planFor(starter, ["openai"]), env);
    expect(files.get(".env")).toMatchObject({
      mode: 0o600,
      text: expect.stringContaining(`SLUICE_SECRET=${secret}\n`),
    });
    const others = [...files.values()].filter(({ path }) => path !== ".env");
    expect(others.filter(({ text }) => text.includes(secret))).toEqual([]);
  });

  test("git ignores .env and keeps .env.example", () => {
    const ignored = textOf(render(planFor(starter, [])), ".gitignore").split("\n");
    expect(ignored).toContain(".env");
    expect(ignored).not.toContain(".env.*");
  });

  test("a found key stays out of every file unless it was chosen", () => {
    const files = render(planFor(starter, ["openai", "anthropic"]), env);
    const all = [...files.values()].map(({ text }) => text).join("\n");
    for (const key of Object.values(env)) expect(all).not.toContain(key);
    expect(textOf(files, ".env")).toContain("# OPENAI_API_KEY=");
  });

  test("a chosen key goes into .env and nowhere else", () => {
    const files = render(planFor(starter, ["openai", "anthropic"], { storedKeys: ["OPENAI_API_KEY"] }), env);
    expect(textOf(files, ".env")).toContain("\nOPENAI_API_KEY=sk-found-in-the-shell\n");
    expect(textOf(files, ".env")).toContain("# ANTHROPIC_API_KEY=");
    const others = [...files.values()].filter(({ path }) => path !== ".env");
    expect(others.filter(({ text }) => text.includes("sk-found"))).toEqual([]);
  });

  test("a second variable of a provider is stored under its own name", () => {
    const files = render(planFor(starter, ["gemini"], { storedKeys: ["GOOGLE_API_KEY"] }), { GOOGLE_API_KEY: "AIzaX" });
    expect(textOf(files, ".env")).toContain("\nGOOGLE_API_KEY=AIzaX\n");
  });

  test("a key that would need quotes is left to be filled in", () => {
    const files = render(planFor(starter, ["openai"], { storedKeys: ["OPENAI_API_KEY"] }), {
      OPENAI_API_KEY: "a b\nEVIL=1",
    });
    expect(textOf(files, ".env")).not.toContain("EVIL");
  });
});

describe("filling blanks", () => {
  test.each([
    ["a {{x}} b", { x: "1" }, "a 1 b"],
    ["a\n{{x}}\nb\n", { x: "" }, "a\nb\n"],
    ["a\n{{x}}\nb\n", { x: "1\n2" }, "a\n1\n2\nb\n"],
    ["{{x}}", { x: "{{y}} $1 $&" }, "{{y}} $1 $&"],
  ])("%j with %j is %j", (template, blanks, text) => {
    expect(fill(template, blanks, "file")).toBe(text);
  });

  test("a blank that nothing fills is a mistake in the template", () => {
    expect(() => fill("{{x}}", {}, "README.md")).toThrow("README.md has the blank {{x}}");
  });
});

function expectedRange(name: string, catalog: string): string {
  if (name === "sluice" || name.startsWith("@sluice/")) return "^0.1.0";
  return `^${new RegExp(`^  "?${name}"?: (\\S+)$`, "m").exec(catalog)?.[1]}`;
}

interface GeneratedManifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

function manifestOf(files: Map<string, ProjectFile>): GeneratedManifest {
  return JSON.parse(textOf(files, "package.json")) as GeneratedManifest;
}
