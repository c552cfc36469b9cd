import { parseArgs } from "node:util";
import { createMockUpstream } from "./server.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, delay: { type: "string", default: "0" } },
});

const upstream = await createMockUpstream({ port: Number(values.port), chunkDelayMs: Number(values.delay) });
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void upstream.close().then(() => process.exit(0)));
}
// Last: whoever reads it may end the process at once.
process.stdout.write(`${JSON.stringify({ url: upstream.url })}\n`);
