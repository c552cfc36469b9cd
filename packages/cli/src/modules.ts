import { existsSync } from "node:fs";
// As a namespace: a runtime without `registerHooks` must still be able to import this package.
import * as loader from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errors } from "./errors.ts";

type NextResolve = (specifier: string, context?: Partial<loader.ResolveHookContext>) => loader.ResolveFnOutput;

/**
 * Evaluates a module and every local file that it imports anew on each call, on Node's own loader: types are stripped in
 * place, so lines and columns of an error are those of the source.
 *
 * Packages stay as they are: there is one core for the CLI and the config. Old generations are never freed, which is why
 * this is for development and for commands that load once.
 */
export interface ModuleGraph {
  import(file: string): Promise<unknown>;
  /** Every local file of the last generation, the entry first, and those that were asked for and not found. */
  files(): string[];
  close(): void;
}

const localSpecifier = /^(?:\.{1,2}\/|\/|#|file:)/;
const guesses = [".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"];

/** Tells the graphs of one process apart. Counted, not drawn: Node caches compiled code under the URL. */
let graphs = 0;

export function createModuleGraph(): ModuleGraph {
  if (!("registerHooks" in loader)) throw errors.CLI_NEEDS_NODE();
  const name = ++graphs;
  let generation = 0;
  let files = new Set<string>();
  const marker = `sluice=${name}.`;
  const hooks = loader.registerHooks({ resolve });

  return {
    async import(file) {
      generation++;
      files = new Set([file]);
      return import(`${pathToFileURL(file).href}?${marker}${generation}`);
    },
    files: () => [...files],
    close: () => hooks.deregister(),
  };

  function resolve(specifier: string, context: loader.ResolveHookContext, next: NextResolve): loader.ResolveFnOutput {
    const isEntry = specifier.includes(`?${marker}`);
    const isLocal = isEntry || (context.parentURL?.includes(`?${marker}`) && localSpecifier.test(specifier));
    if (!isLocal) return next(specifier, context);

    const found = resolveLocal(specifier, context, next);
    if (!found.url.startsWith("file:") || found.url.includes("/node_modules/")) return found;
    files.add(fileURLToPath(withoutQuery(found.url)));
    const format = [".ts", ".mts"].includes(extname(withoutQuery(found.url))) ? "module-typescript" : found.format;
    // The query is the generation: the same file under another one is another module.
    return { ...found, format, url: `${withoutQuery(found.url)}?${marker}${generation}` };
  }

  function resolveLocal(
    specifier: string,
    context: loader.ResolveHookContext,
    next: NextResolve,
  ): loader.ResolveFnOutput {
    try {
      return next(specifier, context);
    } catch (error) {
      if (specifier.startsWith("#") || context.parentURL === undefined) throw error;
      const base = fileURLToPath(new URL(specifier, context.parentURL));
      const guess = guesses.map((ending) => base + ending).find((file) => existsSync(file));
      if (guess !== undefined) return next(pathToFileURL(guess).href, context);
      files.add(base);
      throw error;
    }
  }
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*$/, "");
}
