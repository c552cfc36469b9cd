/** Which package may import which: the drawing of `packages/` and `plugins/` as data. */

export interface Source {
  /** From the repository root: `packages/core/src/gateway.ts`. */
  path: string;
  text: string;
}

const core = "@sluice/core";
const dialects = "@sluice/dialects";
const testkit = "@sluice/testkit";

const allowed: Record<string, { self: string; src: string[]; test: string[] }> = {
  "packages/core": { self: core, src: [], test: [testkit, dialects] },
  "packages/dialects": { self: dialects, src: [core], test: [testkit] },
  "packages/testkit": { self: testkit, src: [core, dialects], test: [] },
  "packages/cli": { self: "sluice", src: [core, dialects], test: [testkit] },
  "packages/create-gateway": { self: "create-gateway", src: [], test: [] },
};

/** One sentence per import of this file that points the wrong way. */
export function violations(source: Source): string[] {
  const [group = "", name = "", part = ""] = source.path.split("/");
  const home = `${group}/${name}`;
  const isTest = part === "test" || source.path.endsWith(".test.ts");
  const rule =
    allowed[home] ??
    (group === "plugins" ? { self: `@sluice/${name}`, src: [core, dialects], test: [testkit] } : undefined);
  if (!rule) return [`${source.path}: ${home} has no arrows yet; add them to test/_arrows.ts`];

  const may = [rule.self, ...rule.src, ...(isTest ? rule.test : [])];
  return importsOf(source.text)
    .filter((specifier) => !isAllowed(specifier))
    .map((specifier) => `${source.path} may not import ${specifier}`);

  function isAllowed(specifier: string): boolean {
    if (specifier.startsWith(".")) return staysInside(source.path, specifier, home);
    const target = workspacePackage(specifier);
    if (target === undefined || may.includes(target)) return true;
    return group === "plugins" && isPlugin(target) && (isTest || isUsed(source.text, specifier));
  }
}

/** The module specifiers a TypeScript file imports or re-exports, comments left out. */
export function importsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
  const forms = /(?:\bimport\s*\(\s*|\bimport\s+|\bfrom\s+)(["'])([^"'\n]+)\1/g;
  return [...code.matchAll(forms)].map((match) => match[2] ?? "");
}

/** `@sluice/core/errors` → `@sluice/core`; undefined for what is not ours. */
function workspacePackage(specifier: string): string | undefined {
  return /^(@sluice\/[^/]+|sluice|create-gateway)(?=\/|$)/.exec(specifier)?.[1];
}

function isPlugin(name: string): boolean {
  return name.startsWith("@sluice/") && ![core, dialects, testkit].includes(name);
}

/** True when a name imported from `specifier` stands in a `uses: [...]` of the same file. */
function isUsed(text: string, specifier: string): boolean {
  const names = [...text.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*["']([^"']+)["']/g)]
    .filter((match) => match[2] === specifier)
    .flatMap((match) => (match[1] ?? "").split(","))
    .map(
      (name) =>
        name
          .trim()
          .replace(/^type\s+/, "")
          .split(/\s+as\s+/)
          .at(-1) ?? "",
    )
    .filter((name) => name !== "");
  const uses = [...text.matchAll(/\buses:\s*\[([\s\S]*?)\]/g)].map((match) => match[1] ?? "").join(" ");
  return names.some((name) => new RegExp(`\\b${name}\\b`).test(uses));
}

function staysInside(path: string, specifier: string, home: string): boolean {
  return new URL(specifier, `file:///${path}`).pathname.startsWith(`/${home}/`);
}
