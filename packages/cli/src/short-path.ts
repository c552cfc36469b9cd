import { join, relative, resolve } from "node:path";

/** A file as people read it: from where they are, or whole when it is elsewhere. */
export function shortPath(file: string, from: string = process.cwd()): string {
  const path = resolve(file);
  const base = resolve(from);
  if (path === base) return ".";
  return path.startsWith(join(base, "/")) ? relative(base, path) : path;
}
