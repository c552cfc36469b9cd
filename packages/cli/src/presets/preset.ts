/** What a build knows when it writes the files beside the bundle. */
export interface BuiltProject {
  /** Name of the project, from its manifest or folder. */
  name: string;
  /** The bundle's file name. */
  entry: string;
  /** Variables that hold the keys of its channels. */
  variables: readonly string[];
  /** Base URLs of its channels. */
  baseURLs: readonly string[];
}

/** How to start an output. `{port}` and `{host}` stand for where it shall listen. */
export interface StartCommand {
  /** A command of the runtime's package; `node` is the Node that runs the CLI. */
  runtime: "node" | "bun" | "deno" | "workerd";
  args: readonly string[];
}

/** A runtime to build for, as data. What runs there is one module of `runtime/`. */
export interface Preset {
  name: string;
  description: string;
  /** Export conditions to resolve packages with, most specific first. */
  conditions: readonly string[];
  /** How modules that the runtime has itself are imported. */
  builtins: RegExp | null;
  /** The module that serves: `sluice/runtime/<name>`, and what to do with the gateway. */
  runtime: string;
  /** The entry's last line, with `gateway` and `runtime` in scope. */
  entry: string;
  file: string;
  minify: boolean;
  start: StartCommand | null;
  /** More files for the output folder. */
  files?: (built: BuiltProject) => Record<string, string>;
  /** What people do with the output, relative to its folder. */
  usage: string;
}
