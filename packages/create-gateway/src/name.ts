import { basename, resolve } from "node:path";

/** Names that npm refuses for the project, because it installs packages of these names into it. */
const taken = new Set(["sluice", "zod", "typescript", "vitest", "node_modules", "favicon.ico"]);

/** `My Gateway` → `my-gateway`. Empty when no letter or digit is left. */
export function toPackageName(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9~.-]+/g, "-")
    .replaceAll(/^[-._~]+|[-~.]+$/g, "")
    .slice(0, 214);
}

/** What is wrong with a package name, as the end of a sentence, or null. */
export function problemOfName(name: string): string | null {
  if (name === "") return "it has no letter or digit";
  if (name.length > 214) return "it is longer than 214 characters";
  if (taken.has(name)) return "the project depends on a package of that name";
  if (!/^[a-z0-9~][a-z0-9~._-]*$/.test(name)) return "only a–z, 0–9, - . _ ~ may stand in it";
  return null;
}

/** The package name for a project in this folder. */
export function nameOfFolder(directory: string, cwd: string): string {
  return toPackageName(basename(resolve(cwd, directory)));
}

/** A name that will do, for a hint. */
export function guessName(name: string): string {
  const clean = toPackageName(name);
  return clean === "" ? "my-gateway" : `my-${clean}`.slice(0, 214);
}
