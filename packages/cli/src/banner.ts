import type { InspectedChannel, Inspection } from "@sluice/core";
import type { Paint } from "./paint.ts";

export interface BannerOptions {
  version: string;
  /** Milliseconds from the start of the process. */
  readyMs: number;
  /** Without a trailing slash. */
  url: string;
  /** The port that was wanted and taken. */
  busyPort: number | null;
  /** Bound beyond this machine. */
  network: string | null;
}

const label = (name: string) => `  ${name.padEnd(12)} `;
const listLimit = 6;

/** What `sluice dev` says once it serves. Only what exists is in it. */
export function formatBanner(inspection: Inspection, options: BannerOptions, paint: Paint): string {
  const { version, readyMs, url, busyPort, network } = options;
  const lines = [
    "",
    `  ${paint.bold(paint.cyan("sluice"))} ${version}   ready in ${Math.round(readyMs)} ms`,
    "",
    `  ➜ API        ${paint.cyan(`${url}/v1`)}            OpenAI-compatible${otherDialects(inspection)}`,
    `  ➜ Network    ${network ?? "off — use --host"}`,
  ];
  if (busyPort !== null) lines.push(paint.yellow(`  ⚠ Port ${busyPort} is taken; this is the next free one.`));
  lines.push("", ...channelLines(inspection.channels, paint), ...modelLines(inspection));
  lines.push(`${label("Models")}${inspection.served.length} ready`);
  lines.push("", ...curlLines(inspection, url).map((line) => paint.dim(line)), "");
  return lines.join("\n");
}

/** The other dialects stand below a prefix of their own, so that one base URL is enough for their SDKs. */
function otherDialects({ routes }: Inspection): string {
  const prefixes = ["/claude", "/gemini"].filter((prefix) => routes.some(({ path }) => path.startsWith(`${prefix}/`)));
  return prefixes.length === 0 ? "" : `  (also ${prefixes.join(", ")})`;
}

function channelLines(channels: readonly InspectedChannel[], paint: Paint): string[] {
  return channels.map(
    (channel, index) =>
      `${label(index === 0 ? "Channels" : "")}${channel.id.padEnd(12)} ${channelState(channel, paint)}`,
  );
}

/** How a channel stands with its key: the name of the variable, never the value. */
export function channelState({ state, key, mock }: InspectedChannel, paint: Paint): string {
  if (state === "disabled") return paint.dim("– disabled");
  if (key.from === "missing") return paint.yellow(`– no key (set ${key.variables.join(" or ")})`);
  if (key.from === "variable") return `${paint.green("✔")} ${key.variable}`;
  if (key.from === "config") return `${paint.green("✔")} key in the config`;
  return `${paint.green("✔")} ${mock ? "mock, no key needed" : "no key needed"}`;
}

function modelLines({ models }: Inspection): string[] {
  const width = Math.max(...models.map(({ name }) => name.length), 0);
  const lines = models
    .slice(0, listLimit)
    .map(
      ({ name, targets }, index) =>
        `${label(index === 0 ? "Routes" : "")}${name.padEnd(width)}   ${targets.join(" → ")}`,
    );
  if (models.length > listLimit) lines.push(`${label("")}and ${models.length - listLimit} more: sluice inspect`);
  return lines;
}

function curlLines(inspection: Inspection, url: string): string[] {
  const model = exampleModel(inspection);
  if (model === null) return ["  No model is ready: set a key, or add mock() to providers."];
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] });
  return [
    `  curl ${url.replace(/^http:\/\//, "")}/v1/chat/completions \\`,
    `       -H "content-type: application/json" -d '${body.replaceAll("'", "'\\''")}'`,
  ];
}

/** The model to try first: `default`, else another alias, else whatever is served. */
export function exampleModel({ models, served }: Inspection): string | null {
  const aliases = models.filter(({ kind }) => kind === "alias").map(({ name }) => name);
  const ready = served.map(({ id }) => id);
  return (
    [...aliases]
      .sort((a, b) => Number(b === "default") - Number(a === "default"))
      .find((name) => ready.includes(name)) ??
    aliases[0] ??
    ready[0] ??
    null
  );
}
