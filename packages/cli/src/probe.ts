import { hostPorts, openChannels, type Channel, type GatewayDefinition } from "@sluice/core";
import type { Variables } from "./environment.ts";
import { bad, ok, type Finding } from "./findings.ts";

const probeMs = 10_000;

/** Asks every ready channel for its list of models: is it there, and does it take the key? Nothing is generated. */
export async function probeChannels({ config }: GatewayDefinition, env: Variables): Promise<Finding[]> {
  const ports = { ...hostPorts(), env };
  // Settings belong to plugins, which have no part in a probe.
  const specs = config.providers.map((spec) => ({ ...spec, settings: {} }));
  const channels = openChannels(specs, {}, ports).filter(({ state, provider }) => state === "ready" && !provider.mock);
  try {
    return await Promise.all(channels.map(probe));
  } finally {
    await ports.transport.close();
  }
}

async function probe(channel: Channel): Promise<Finding> {
  if (channel.provider.transport) return ok("Channels", `${channel.id} makes its calls in process, and was not asked.`);
  const dialect = channel.speaks[0] ?? "";
  const upstream = channel.provider.dialects.find(({ id }) => id === dialect)?.upstream;
  const url = modelsUrl(channel, dialect);
  const { origin } = new URL(url);
  try {
    const { status, body } = await channel.transport.send({
      method: "GET",
      url,
      headers: {
        accept: "application/json",
        ...upstream?.headers,
        ...channel.provider.headers,
        ...channel.options.headers,
      },
      body: null,
      credential: channel.credential(dialect),
      signal: AbortSignal.timeout(probeMs),
      connectTimeoutMs: probeMs,
      ...(channel.options.proxy === undefined ? {} : { proxy: channel.options.proxy }),
    });
    for await (const _ of body) break;
    return judge(channel.id, status, origin);
  } catch (error) {
    return unreachable(channel.id, origin, error instanceof Error ? error.message : String(error));
  }
}

export function unreachable(id: string, origin: string, why: string): Finding {
  const fix = "Check the base URL, the network and the proxy.";
  return bad("Channels", "error", "UNREACHABLE", `${id} does not answer at ${origin}: ${why}`, fix);
}

/** What the status of a list of models says of a channel. */
export function judge(id: string, status: number, origin: string): Finding {
  if (status < 300) return ok("Channels", `${id} answers at ${origin} and takes the key.`);
  if (status === 401 || status === 403) {
    return bad(
      "Channels",
      "error",
      "KEY_REFUSED",
      `${origin} refuses the key of ${id} (${status}).`,
      "Make a new key at the vendor and put it into .env.",
    );
  }
  const fix = "It is reachable; whether it takes the key is not known. Try `sluice chat`.";
  return bad("Channels", "warning", "PROBE_UNCLEAR", `${id} answers its list of models with ${status}.`, fix);
}

/** Beside the path for a chat stands the list of models, in every dialect. */
function modelsUrl(channel: Channel, dialect: string): string {
  const upstream = channel.provider.dialects.find(({ id }) => id === dialect)?.upstream;
  const target = { model: "probe", quirks: {}, info: null, stateDomain: channel.provider.id };
  const path = upstream && "path" in upstream ? upstream.path(target, false) : "/models";
  return (
    channel.baseURL(dialect) +
    path.replace(/\?.*$/, "").replace(/\/(?:chat\/completions|responses|messages|models\/.*)$/, "/models")
  );
}
