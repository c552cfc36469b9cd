/**
 * Runs the transport contract on the runtime that started this file, with the transport that `#host` gives it.
 *
 * Argument: `TransportAddresses` as JSON. Output: one JSON line for each case, `{ name, error }`.
 */
import { hostPorts } from "#host";
import { type TransportAddresses, transportCases } from "@sluice/testkit/transport";

const addresses = JSON.parse(process.argv[2] ?? "{}") as TransportAddresses;
const runtime = Object.keys(process.versions).find((name) => name === "bun" || name === "deno") ?? "node";
const isNode = runtime === "node";

for (const subject of transportCases({ limitsDial: isNode, undoesEncodings: isNode })) {
  const { transport } = hostPorts();
  const { name } = subject;
  const error = await subject.run({ ...addresses, transport, id: `${runtime} ${name}` }).then(() => null, String);
  await transport.close();
  console.log(JSON.stringify({ name, error }));
}
