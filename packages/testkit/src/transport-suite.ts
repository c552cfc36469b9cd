import type { Transport } from "@sluice/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transportCases, type TransportAbilities } from "./transport-cases.ts";
import { startTransportServer, type TransportServer } from "./transport-server.ts";

/** The contract suite of a transport, against a faulty server on 127.0.0.1. */
export function testTransport(name: string, createTransport: () => Transport, abilities: TransportAbilities): void {
  describe(`transport ${name}`, () => {
    let server: TransportServer;
    beforeAll(async () => {
      server = await startTransportServer();
    }, 30_000);
    afterAll(() => server.close());

    test.each(transportCases(abilities))("$name", async (subject) => {
      const transport = createTransport();
      try {
        await expect(
          subject.run({ ...server.addresses, transport, id: `${name} ${subject.name}` }),
        ).resolves.toBeUndefined();
      } finally {
        await transport.close();
      }
    });
  });
}
