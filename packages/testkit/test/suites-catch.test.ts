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
  ["gullible", "an answer that is cut after any event is no answer (F06, W07)"],
  ["choppy", "with single bytes"],
  ["chatty", "every event of a stream leaves byte for byte, whatever is in it"],
  ["leaky provider", "has base URLs that a key may be sent to"],
  ["leaky provider", "names its keys as the environment does"],
  ["leaky provider", "answers a client of openai-chat (stream: true)"],
  ["sharing plugin", "shares nothing between two gateways"],
  ["chunky plugin", "says the same to openai-chat however the upstream cuts its answer"],
  ["restless operation", "writes what it has read, the same each time"],
  ["gullible operation", "takes nothing else for an answer, and never breaks over it"],
  ["gullible operation", "html is no answer"],
  ["forgetful operation", "its vendor answers a client of gemini-embeddings"],
  ["greedy operation", "keeps fields that nobody knows, in a patched body and in one that is written anew"],
  ["fragile operation", "refuses what a field cannot be with an error of its own, and never breaks"],
  ["secretive operation", "says an error in its own shape, with the gateway's report beside it"],
])("the %s one fails: %s", (mutant, title) => {
  expect(failures.get(mutant)).toContain(title);
});
