// Loaded into a subject before its own code, so that its memory and handles can be asked for. Collects first: what is
// measured is what is kept, not what is waiting to be collected.
process.on("message", async () => {
  // What the first finds is given back behind it.
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed: heapBytes, external: externalBytes } = process.memoryUsage();
  process.send?.({ heapBytes, externalBytes, handles: process.getActiveResourcesInfo().length });
});
process.channel?.unref();
