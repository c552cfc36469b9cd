// Loaded into a subject before its own code, so that its heap and handles can be asked for. Collects first: what is
// measured is what is kept, not what is waiting to be collected.
process.on("message", () => {
  globalThis.gc?.();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length });
});
process.channel?.unref();
