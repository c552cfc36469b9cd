import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { GatewayDefinition, Inspection } from "@sluice/core";
import type { Variables } from "./environment.ts";
import { shortPath } from "./short-path.ts";
import type { SecretFacts } from "./findings.ts";

const placeholder =
  /^(?:your|change|replace|insert|todo|xxx|\.\.\.|sk-\.\.\.|<)|placeholder|changeme|your[-_]?(?:api[-_]?)?key/i;
const shortestKey = 8;

/** Looks for keys where they should not be. Reads files and asks git; no key leaves this function. */
export function inspectSecrets(
  { config }: GatewayDefinition,
  { channels }: Inspection,
  env: Variables,
  cwd: string,
  files: readonly string[],
): SecretFacts {
  const sources = files.filter((file) => !isEnvFile(file));
  const keys = config.providers.map(({ provider, options }) => ({
    channel: options.id ?? provider.id,
    key: options.apiKey,
  }));
  const variables = channels.flatMap(({ key }) => (key.from === "variable" ? [key.variable] : []));
  return {
    literalKeys: keys.flatMap(({ channel, key = "" }) => {
      const file =
        key.length < shortestKey ? undefined : sources.find((source) => readFileSync(source, "utf8").includes(key));
      return file === undefined ? [] : [{ channel, file: shortPath(file, cwd) }];
    }),
    placeholders: variables.filter((variable) => placeholder.test(env[variable] ?? "")),
    tracked: files.filter((file) => isEnvFile(file) && isTracked(file, cwd)).map((file) => shortPath(file, cwd)),
  };
}

function isEnvFile(file: string): boolean {
  return basename(file).startsWith(".env");
}

function isTracked(file: string, cwd: string): boolean {
  try {
    execFileSync("git", ["ls-files", "--error-unmatch", "--", file], { cwd, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
