import { createRequire } from "node:module";

/** The version of this package, from its manifest: the same from source and from `dist`. */
export const version: string = (createRequire(import.meta.url)("../package.json") as { version: string }).version;
