import type { Answer } from "./connection.ts";
import type { Check } from "./check.ts";

/** One answer in so many is parsed and compared; of every answer status and end are looked at. */
const sampleEvery = 50;

/** What came back during a measurement. */
export class Tally {
  asked = 0;
  answered = 0;
  failed = 0;
  wrong = 0;
  checked = 0;
  firstProblem: string | null = null;
  readonly #check: Check;

  constructor(check: Check) {
    this.#check = check;
  }

  /** Whether the next answer shall be kept for a comparison. */
  ask(): boolean {
    return this.asked++ % sampleEvery === 0;
  }

  take({ status, failure, body }: Answer): void {
    if (failure !== null || status !== 200) {
      this.failed++;
      this.firstProblem ??= failure ?? `status ${status}`;
      return;
    }
    this.answered++;
    if (body === null) return;
    this.checked++;
    const problem = this.#check(body);
    if (problem === null) return;
    this.wrong++;
    this.firstProblem ??= problem;
  }

  get clean(): boolean {
    return this.failed === 0 && this.wrong === 0 && this.checked > 0;
  }
}
