/**
 * Shows what another version of the table would change, and takes it: `pnpm run catalogue [version] [--write] [--accept]`.
 *
 * Without a version: the newest. `--write` pins it; where a price moves by more than four times it wants `--accept` too.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { waitForUpdate } from "@pydantic/genai-prices";
import type { Provider } from "@pydantic/genai-prices";
import { dollarsFor } from "@sluice/core";
import type { ModelPrice } from "@sluice/core";
import { changesBetween, movesFar } from "../src/moves.ts";
import { Snapshot } from "../src/snapshot.ts";
import { shipped, sourceName } from "../src/source.ts";

const name = "@pydantic/genai-prices";
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean" }, accept: { type: "boolean" } },
});
const folder = mkdtempSync(join(tmpdir(), "sluice-prices-"));
try {
  const next = await fetchPackage(positionals[0] ?? "latest");
  const now = tableOf((await waitForUpdate()) ?? [], shipped);
  const far = show(now, next.table, next.providers);
  if (values.write && far > 0 && !values.accept) {
    console.error("Nothing is written: look at the prices marked ‼, then say --accept.");
    process.exitCode = 1;
  } else if (values.write) write(next);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Fetched {
  version: string;
  date: string;
  table: Snapshot;
  providers: string[];
}

async function fetchPackage(wanted: string): Promise<Fetched> {
  const view = JSON.parse(npm("view", `${name}@${wanted}`, "version", "time", "--json")) as View;
  const date = view.time[view.version]?.slice(0, 10) ?? "";
  const [packed] = JSON.parse(npm("pack", `${name}@${view.version}`, "--json")) as { filename: string }[];
  execFileSync("tar", ["-xzf", join(folder, packed?.filename ?? ""), "-C", folder]);
  const entry = pathToFileURL(join(folder, "package/dist/index.js")).href;
  const providers = (await ((await import(entry)) as { waitForUpdate: typeof waitForUpdate }).waitForUpdate()) ?? [];
  const provenance = { version: view.version, date };
  return { ...provenance, table: tableOf(providers, provenance), providers: providers.map(({ id }) => id) };
}

interface View {
  version: string;
  time: Record<string, string>;
}

function npm(...args: string[]): string {
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function tableOf(providers: readonly Provider[], provenance: { version: string; date: string }): Snapshot {
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  return new Snapshot({ source: sourceName, ...provenance, trusted: true }, (id) => byId.get(id));
}

/** Prints every difference and returns how many prices move far. */
function show(now: Snapshot, next: Snapshot, providers: readonly string[]): number {
  const changes = changesBetween(now, next, providers);
  const far = changes.filter(({ before, after }) => movesFar(before, after));
  for (const change of changes) {
    const { provider, model, before, after } = change;
    console.log(`${far.includes(change) ? "‼" : " "} ${provider}/${model}  ${told(before)} → ${told(after)}`);
  }
  const listed = providers.flatMap((id) => next.list(id));
  const priced = listed.filter(({ price }) => price).length;
  console.log(
    `${now.provenance.version} → ${next.provenance.version} (${next.provenance.date}): ${changes.length} prices differ, ${far.length} by more than 4×; ${listed.length} models, ${priced} with a price.`,
  );
  return far.length;
}

/** Dollars for a million tokens in and out, or for one of whatever comes first. */
function told(price: ModelPrice | null): string {
  if (price === null) return "no price";
  const tokens = price.lines.filter(({ unit, when }) => !when && (unit === "input_token" || unit === "output_token"));
  if (tokens.length > 0) return tokens.map((line) => `$${dollarsFor(line, 1_000_000n)}`).join(" / ");
  return price.lines.slice(0, 1).map((line) => `$${dollarsFor(line, 1n)} a ${line.unit}`)[0] ?? "";
}

function write({ version, date }: Fetched): void {
  const root = join(import.meta.dirname, "../../..");
  replace(join(root, "pnpm-workspace.yaml"), `"${name}": ${shipped.version}`, `"${name}": ${version}`);
  const source = join(import.meta.dirname, "../src/source.ts");
  replace(
    source,
    `{ version: "${shipped.version}", date: "${shipped.date}" }`,
    `{ version: "${version}", date: "${date}" }`,
  );
  console.log("Written. Now: pnpm install, the figures of docs/plugins/prices.md, and the tests.");
}

function replace(file: string, before: string, after: string): void {
  const text = readFileSync(file, "utf8");
  if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
  writeFileSync(file, text.replace(before, after));
}
