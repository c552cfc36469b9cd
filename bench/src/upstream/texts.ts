/** What the upstream says, known to the load generator so that answers can be compared. */
export const chatText = "A gateway sits in front of calls that take seconds, so its own cost must be noise. "
  .repeat(8)
  .trim();

/** One vector of 1,536 floats as OpenAI's SDK asks for it. */
export const vector = Buffer.alloc(1536 * 4, 0x3e).toString("base64");

export const burstEvents = 64;
export const eventsPerBurst = 8;
export const burstDeltas: readonly string[] = Array.from({ length: burstEvents }, (_, index) => ` token-${index}`);

/** One content event of the big stream, and how many of them make 50 MB on the wire. */
export const bigDelta = "0123456789abcdef".repeat(56);
export const bigEvents = 48_000;

export const usage = { input: 250, output: 120 };

/** A paced event carries the moment it was written, in milliseconds of the machine's monotonic clock. */
export const timePattern = /t=(\d+\.\d{3})/g;

export function timeText(milliseconds: number): string {
  return `t=${milliseconds.toFixed(3)} `;
}

export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
