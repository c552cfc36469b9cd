import { hostPorts } from "#host";
import { type TransportAbilities, type TransportAddresses, transportCases } from "@sluice/testkit/transport";

export interface ContractRun {
  runtime: string;
  addresses: TransportAddresses;
  abilities: TransportAbilities;
}

/** Runs the transport contract with the transport that `#host` gives this runtime. One JSON line for each case: `{ name, error }`. */
export async function contractLines({ runtime, addresses, abilities }: ContractRun): Promise<string> {
  const lines: string[] = [];
  for (const subject of transportCases(abilities)) {
    const { transport } = hostPorts();
    const id = `${runtime} ${subject.name}`;
    const error = await subject.run({ ...addresses, transport, id }).then(() => null, String);
    await transport.close();
    lines.push(JSON.stringify({ name: subject.name, error }));
  }
  return lines.join("\n");
}
