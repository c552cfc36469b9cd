import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

const config = fileURLToPath(new URL("sabotage/vitest.config.ts", import.meta.url));
const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));

interface Report {
  testResults: { assertionResults: { ancestorTitles: string[]; title: string; status: string }[] }[];
}

const failures = new Map<string, string[]>();

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "sabotage-"));
  const report = join(folder, "report.json");
  const args = [vitest, "run", "--config", config, "--reporter=json", `--outputFile=${report}`];
  // It exits with 1: that is the point.
  await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 }).catch(() => null);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  rmSync(folder, { recursive: true });
  for (const { ancestorTitles, title, status } of testResults.flatMap((file) => file.assertionResults)) {
    const [mutant = ""] = ancestorTitles;
    const failed = status === "failed" ? [title] : [];
    failures.set(mutant, [...(failures.get(mutant) ?? []), ...failed]);
  }
}, 120_000);

test.each([
  ["gullible", "is complete only with its terminator, and ends in an error without it (W07)"],
  ["choppy", "has the same frames wherever it is cut once (W02)"],
  ["restless", "is written the same each time, and is left as it was (W18)"],
  ["forgetful", "is taken, and answered the same streamed and whole"],
  ["glossy", "that breaks anywhere is never complete, and says what broke (§3)"],
  ["sharing", "two streams at once share nothing (W14)"],
  ["chatty", "leaves byte for byte (W15)"],
  ["leaky provider", "has base URLs that a key may be sent to"],
  ["leaky provider", "names its keys as the environment does"],
  ["leaky provider", "answers a client of openai-chat (stream: true)"],
  ["sharing plugin", "shares nothing between two gateways"],
  ["chunky plugin", "says the same to openai-chat however the upstream cuts its answer"],
])("the %s one fails: %s", (mutant, title) => {
  expect(failures.get(mutant)).toContain(title);
});
