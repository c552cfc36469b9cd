import { createServer } from "node:net";

/** A port that nobody has: the given one, or any for 0. Rejects with EADDRINUSE. Workers share it, so it is settled first. */
export function claimPort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : port));
    });
  });
}
