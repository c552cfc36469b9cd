import { parseArgs } from "node:util";
import { createMockUpstream } from "./server.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, delay: { type: "string", default: "0" } },
});

const upstream = await createMockUpstream({ port: Number(values.port), chunkDelayMs: Number(values.delay) });
process.stdout.write(`${JSON.stringify({ url: upstream.url })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void upstream.close().then(() => process.exit(0)));
}
