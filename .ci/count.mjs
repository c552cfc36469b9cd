// node count.mjs <vitest json report> [failed steps…]: prints `N passed, N failed[, N skipped]` as the last line.
// A failed step outside the tests, an unreadable report, or a report without a test counts as a failure.
import { readFileSync } from "node:fs";

const [file, ...steps] = process.argv.slice(2);
const report = read();
const passed = report?.numPassedTests ?? 0;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
const failedTests = report?.numFailedTests ?? 0;
const brokenFiles =
  report?.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.every((test) => test.status !== "failed"),
  ).length ?? 0;
const otherSteps = steps.filter((step) => step !== "tests").length;
let failed = failedTests + brokenFiles + otherSteps;
if (failed === 0 && (steps.length > 0 || passed === 0)) failed = 1;

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;

function read() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
