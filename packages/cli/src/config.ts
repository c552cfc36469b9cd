import { resolve } from "node:path";
import type { GatewayDefinition } from "@sluice/core";
import { loadConfig } from "c12";
import { createEnvironment, type Variables } from "./environment.ts";
import { errors } from "./errors.ts";
import { createModuleGraph } from "./modules.ts";

export interface ProjectOptions {
  /** Folder of the project. @default the current folder */
  cwd?: string;
  /** Config file, from `cwd`. @default gateway.config.ts */
  config?: string;
}

/** One reading of a project's files. */
export interface Snapshot {
  definition: GatewayDefinition;
  env: Variables;
}

/** Where a project is, and how to read it: as often as its files change. */
export interface Project {
  readonly cwd: string;
  /** The config file, once found. */
  file(): string | null;
  /** Every local file that the last reading touched, `.env` included. */
  files(): string[];
  load(): Promise<Snapshot>;
  close(): void;
}

export function openProject(options: ProjectOptions = {}): Project {
  const cwd = resolve(options.cwd ?? ".");
  const environment = createEnvironment(cwd);
  const graph = createModuleGraph();
  let file: string | null = null;

  return {
    cwd,
    file: () => file,
    files: () => [...graph.files(), ...environment.files],
    close: () => graph.close(),
    async load() {
      const env = await environment.load();
      return { definition: await loadDefinition(), env };
    },
  };

  async function loadDefinition(): Promise<GatewayDefinition> {
    let definition: GatewayDefinition | null = null;
    await loadConfig({
      cwd,
      name: "gateway",
      ...(options.config === undefined ? {} : { configFile: resolve(cwd, options.config) }),
      rcFile: false,
      packageJson: false,
      extend: false,
      giget: false,
      envName: false,
      // A gateway is not a bag of settings: it is taken as it is, never copied or merged.
      merger: () => ({}) as never,
      jiti: { import: importConfig } as unknown as NonNullable<Parameters<typeof loadConfig>[0]["jiti"]>,
    });
    if (definition === null) throw errors.CONFIG_NOT_FOUND(options.config ?? "gateway.config.ts", cwd);
    return definition;

    async function importConfig(path: string): Promise<object> {
      file = resolve(path);
      const module = (await graph.import(file)) as { default?: unknown };
      if (!isDefinition(module.default)) throw errors.CONFIG_NOT_A_GATEWAY(options.config ?? "gateway.config.ts");
      definition = module.default;
      return {};
    }
  }
}

function isDefinition(value: unknown): value is GatewayDefinition {
  return typeof value === "object" && value !== null && "config" in value && "fetch" in value;
}
