import { parseJson } from "@sluice/core";
import type { Ports } from "@sluice/core";
import { errors } from "./errors.ts";
import { readTable } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

const largestTable = 32 * 1024 * 1024;
const patienceMs = 30_000;

/** Fetches and reads a table. Throws `SLUICE_PRICES_UNREADABLE`; what was known is not touched. */
export async function fetchTable(url: string, source: string, ports: Ports): Promise<Snapshot> {
  try {
    const text = await fetchText(url, ports);
    const date = new Date(ports.clock.now()).toISOString().slice(0, 10);
    return readTable(parseJson(text), { source, version: await versionOf(text), date, trusted: false });
  } catch (cause) {
    throw errors.PRICES_UNREADABLE(url, cause instanceof Error ? cause.message : String(cause)).because(cause);
  }
}

/** The first 16 digits of its SHA-256. */
async function versionOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function fetchText(url: string, { transport, timers }: Ports): Promise<string> {
  const abort = new AbortController();
  const cancel = timers.set(patienceMs, () => abort.abort(new Error(`nothing came within ${patienceMs} ms`)));
  try {
    const { status, body } = await transport.send({
      method: "GET",
      url,
      headers: { accept: "application/json", "user-agent": "sluice" },
      body: null,
      credential: null,
      signal: abort.signal,
      connectTimeoutMs: patienceMs,
    });
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of body) {
      text += decoder.decode(piece, { stream: true });
      if (text.length > largestTable) throw new Error(`it is larger than ${largestTable} bytes`);
    }
    if (status !== 200) throw new Error(`status ${status}`);
    return text + decoder.decode();
  } finally {
    cancel();
  }
}
