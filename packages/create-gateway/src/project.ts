import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { identifierOf, spellingsOf } from "./identifier.ts";
import { binaryCommand, scriptCommand } from "./package-manager.ts";
import type { ProjectPlan } from "./plan.ts";
import type { ProviderChoice } from "./providers.ts";

export interface ProjectFile {
  /** Inside the project, with `/`. */
  path: string;
  text: string;
  mode?: number;
}

/** What a project is made of beside the plan; handed in, so that the same input gives the same files. */
export interface Ingredients {
  version: string;
  /** 32 random bytes, base64url. */
  secret: string;
  env: Readonly<Record<string, string | undefined>>;
}

const templates = fileURLToPath(new URL("../templates", import.meta.url));

/** The files of a project, in the order of their paths. Writes nothing. */
export function renderProject(plan: ProjectPlan, ingredients: Ingredients): ProjectFile[] {
  const folder = join(templates, plan.template.id);
  const blanks = blanksOf(plan, ingredients);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => renderFile(projectPath(relative(folder, file)), readFileSync(file, "utf8"), plan, blanks))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * `_gitignore` stands for `.gitignore`, which npm leaves out of a package, and `package.json.template` for `package.json`,
 * which bundlers would take for a package inside this one.
 */
function projectPath(templatePath: string): string {
  return templatePath
    .replaceAll("\\", "/")
    .replace(/(^|\/)_/, "$1.")
    .replace(/\.template$/, "");
}

function renderFile(path: string, template: string, plan: ProjectPlan, blanks: Blanks): ProjectFile {
  const text = fill(template, blanks, path);
  if (path === ".env") return { path, text, mode: 0o600 };
  if (path === "package.json") return { path, text: withPackages(text, plan.providers, blanks.version) };
  return { path, text };
}

/** Replaces every `{{blank}}`. A line that holds nothing else goes away with an empty value. */
export function fill(template: string, blanks: Readonly<Record<string, string>>, path: string): string {
  const valueOf = (name: string): string => {
    const value = blanks[name];
    if (value === undefined) throw new Error(`${path} has the blank {{${name}}}, which nothing fills`);
    return value;
  };
  return template
    .replaceAll(/^\{\{(\w+)\}\}\n/gm, (_, name: string) => (valueOf(name) === "" ? "" : `${valueOf(name)}\n`))
    .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => valueOf(name));
}

type Blanks = Readonly<Record<string, string>> & { version: string };

function blanksOf(plan: ProjectPlan, { version, secret, env }: Ingredients): Blanks {
  const { providers, packageManager } = plan;
  const targets = targetsOf(providers);
  return {
    name: plan.name,
    ...spellingsOf(identifierOf(plan.name)),
    version: `^${version}`,
    imports: importsOf(providers),
    providers: ["mock()", ...providers.map(({ factory }) => `${factory}()`)].join(", "),
    targets: targets.all.map((target) => JSON.stringify(target)).join(", "),
    paid: targets.paid,
    secret,
    keys: providers.map((provider) => keyLine(provider, plan.storedKeys, env)).join("\n"),
    keyExamples: providers.map((provider) => keyLine(provider, [], {})).join("\n"),
    install: `${packageManager} install`,
    dev: scriptCommand(packageManager, "dev"),
    test: scriptCommand(packageManager, "test"),
    check: scriptCommand(packageManager, "check"),
    build: scriptCommand(packageManager, "build"),
    preview: scriptCommand(packageManager, "preview"),
    sluice: binaryCommand(packageManager, "sluice"),
    add: packageManager === "npm" ? "npm install --save-dev" : `${packageManager} add --dev`,
  };
}

/** One import for each package, though two providers may share one; mock is always among them. */
function importsOf(chosen: readonly ProviderChoice[]): string {
  const providers = [{ package: "@sluice/provider-mock", factory: "mock" }, ...chosen];
  const packages = [...new Set(providers.map((provider) => provider.package))].sort();
  const namesOf = (name: string) =>
    providers.filter((provider) => provider.package === name).map(({ factory }) => factory);
  return packages.map((name) => `import { ${namesOf(name).join(", ")} } from "${name}";`).join("\n");
}

/** Everyday models first, each provider's in turn, and mock last, so that a project without keys answers at once. */
function targetsOf(providers: readonly ProviderChoice[]): { all: string[]; paid: string } {
  const [first, ...others] = providers;
  if (first === undefined) return { all: ["mock/echo", "mock/lorem"], paid: "mock/lorem" };
  const paid = `${first.id}/${first.best}`;
  const everyday = others.map(({ id, everyday: model }) => `${id}/${model}`);
  return { all: [`${first.id}/${first.everyday}`, paid, ...everyday, "mock/echo"], paid };
}

function keyLine({ label, variables, keyLooks }: ProviderChoice, stored: string[], env: Ingredients["env"]): string {
  const name = variables.find((variable) => stored.includes(variable)) ?? variables[0];
  if (name === undefined) return `# ${label} runs on this machine and needs no key.`;
  const value = stored.includes(name) ? env[name] : undefined;
  // Anything else would need quotes, and readers of .env files disagree about those.
  return value !== undefined && /^[\w.+/=:~-]+$/.test(value) ? `${name}=${value}` : `# ${name}=${keyLooks}`;
}

function withPackages(text: string, providers: readonly ProviderChoice[], version: string): string {
  const manifest = JSON.parse(text) as { dependencies?: Record<string, string> };
  const added = Object.fromEntries(providers.map((provider) => [provider.package, version]));
  if (providers.length > 0) manifest.dependencies = sorted({ ...manifest.dependencies, ...added });
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function sorted(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
