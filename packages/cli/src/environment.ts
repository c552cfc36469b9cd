import { resolve } from "node:path";
import { loadDotenv } from "c12";

export type Variables = Record<string, string | undefined>;

/** The variables of a project: those of the process, and below them those of `.env` and `.env.local`. */
export interface Environment {
  /** Reads the files again and puts their variables into `process.env`, where a config may look for them. */
  load(): Promise<Variables>;
  readonly files: readonly string[];
}

const names = [".env", ".env.local"];

export function createEnvironment(cwd: string): Environment {
  const inherited: Variables = { ...process.env };
  let ours: string[] = [];
  const files = names.map((name) => resolve(cwd, name));

  return { load, files };

  async function load(): Promise<Variables> {
    // Read twice: interpolation wants every variable, but must not rewrite a `$` in one that came from outside.
    const own = await loadDotenv({ cwd, fileName: names, env: {}, interpolate: false });
    const all = await loadDotenv({ cwd, fileName: names, env: { ...inherited }, interpolate: true });
    for (const name of ours) delete process.env[name];
    ours = Object.keys(own).filter((name) => inherited[name] === undefined);
    for (const name of ours) process.env[name] = all[name];
    return { ...process.env };
  }
}
