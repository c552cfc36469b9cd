import type { Channel } from "./channel.ts";
import type { Endpoint } from "./endpoints.ts";
import { isGlob } from "./glob.ts";
import type { InspectedChannel, InspectedPlugin, Inspection } from "./inspection.ts";
import type { Models } from "./models.ts";
import { stageNames } from "./plugin.ts";
import type { Plugin } from "./plugin.ts";

/** The resolved gateway as plain data. */
export function inspect(parts: {
  plugins: readonly Plugin[];
  channels: readonly Channel[];
  models: Models;
  endpoints: { list: readonly Endpoint[] };
}): Inspection {
  return {
    plugins: parts.plugins.map(inspectPlugin),
    channels: parts.channels.map(inspectChannel),
    models: parts.models.aliases.map(({ name, targets }) => ({
      name,
      kind: isGlob(name) ? "pattern" : "alias",
      targets: [...targets],
    })),
    routes: parts.endpoints.list.map((endpoint) => ({ ...endpoint })),
    served: parts.models.list(),
  };
}

function inspectPlugin({ id, definition }: Plugin): InspectedPlugin {
  return {
    id,
    order: definition.order,
    uses: definition.uses.map((use) => use.id),
    stages: stageNames.filter((name) => definition[name] !== undefined),
    extras: Object.keys(definition.extras),
    routes: Object.keys(definition.routes),
    hooks: Object.keys(definition.hooks),
    onError: definition.onError,
  };
}

function inspectChannel(channel: Channel): InspectedChannel {
  const { id, provider, options, state, keyFrom, speaks } = channel;
  return {
    id,
    provider: provider.id,
    name: provider.name,
    mock: provider.mock ?? false,
    state,
    key: keyOf(channel, keyFrom),
    origins: [...new Set(channel.credentials.flatMap((credential) => credential.origins))],
    baseURL: channel.baseURL(speaks[0] ?? ""),
    speaks: [...speaks],
    models: [...(options.models ?? (provider.models ?? []).map((model) => model.id))],
    priority: options.priority ?? 0,
    weight: options.weight ?? 1,
    region: options.region ?? null,
  };
}

function keyOf({ provider }: Channel, from: string | null): InspectedChannel["key"] {
  if (from === "config") return { from: "config" };
  if (from !== null) return { from: "variable", variable: from };
  return provider.keyVariables.length === 0
    ? { from: "none" }
    : { from: "missing", variables: [...provider.keyVariables] };
}
