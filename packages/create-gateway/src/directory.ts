import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errors } from "./errors.ts";
import type { ProjectFile } from "./project.ts";

/** What a folder may hold and still count as empty. */
const nothing = new Set([".git", ".DS_Store"]);

/** Throws unless a project may be written here. */
export function assertUsable(directory: string, overwrite: boolean): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw errors.NOT_A_FOLDER(directory);

  const entries = readdirSync(directory).filter((entry) => !nothing.has(entry));
  if (entries.length === 0 || overwrite) return;
  const more = entries.length > 3 ? ` and ${entries.length - 3} more` : "";
  throw errors.NOT_EMPTY(directory, entries.slice(0, 3).join(", ") + more);
}

/** Writes the files and returns the paths that were left as they are: a `.env` holds keys that exist nowhere else. */
export function writeProject(directory: string, files: readonly ProjectFile[], overwrite: boolean): string[] {
  const kept: string[] = [];
  for (const { path, text, mode } of files) {
    const file = join(directory, path);
    if (path === ".env" && existsSync(file)) {
      kept.push(path);
      continue;
    }
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: mode ?? 0o666, flag: overwrite ? "w" : "wx" });
    } catch (error) {
      throw errors.CANNOT_WRITE(file, (error as Error).message);
    }
  }
  return kept;
}

/** Whether a folder, existing or not, is in a git repository or is one. */
export function isInsideRepository(directory: string): boolean {
  if (existsSync(join(directory, ".git"))) return true;
  const parent = dirname(directory);
  return parent !== directory && isInsideRepository(parent);
}
