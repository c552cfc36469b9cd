/** Makes one call to the URL given, with the transport of this runtime, and prints its status, or the phase it failed in. */
import { hostPorts } from "#host";

const { transport } = hostPorts();
const outcome = await transport
  .send({
    method: "GET",
    url: process.argv[2] ?? "",
    headers: {},
    body: null,
    credential: null,
    signal: new AbortController().signal,
    connectTimeoutMs: 3_000,
  })
  .then(
    (answer) => answer.status,
    (error: { phase: string }) => error.phase,
  );
console.log(outcome);
await transport.close();
