import type { Abilities, ModelInfo } from "./catalogue.ts";
import type { Channel, Target } from "./channel.ts";
import { needed } from "./abilities.ts";
import { assertChoice, assertKnown } from "./config.ts";
import { errors } from "./errors.ts";
import { matchesGlob } from "./glob.ts";
import { answersAlone } from "./operation-dialect.ts";
import { Credential } from "./ports.ts";
import type { Ports, Transport } from "./ports.ts";
import { channelOptionNames } from "./provider.ts";
import type { Auth, ChannelOptions, ChannelSpec, ProviderDefinition } from "./provider.ts";
import { overridesOf } from "./prices.ts";
import type { Prices } from "./prices.ts";
import type { Quirks } from "./quirks.ts";
import { parseWith } from "./schema.ts";
import type { Schemas } from "./schema.ts";
import { createSigningTransport, SigningCredential } from "./signing.ts";

/** Opens the channels of a config: keys found, credentials bound to their origins, settings parsed. No network. */
export function openChannels(specs: readonly ChannelSpec[], claims: Schemas, ports: Ports): Channel[] {
  const channels: Channel[] = [];
  const transports = new Map<ProviderDefinition, Transport>();
  for (const [index, spec] of specs.entries()) {
    if (typeof spec !== "object" || spec?.provider === undefined) {
      throw errors.CONFIG_INVALID(
        `providers[${index}]`,
        "is not a channel.",
        "Call the factory: providers: [openai()], not [openai].",
      );
    }
    const id = spec.options.id ?? spec.provider.id;
    if (channels.some((other) => other.id === id)) {
      throw errors.CONFIG_DUPLICATE("channels", id, `Give one of them an id: ${spec.provider.id}({ id: "${id}-2" }).`);
    }
    channels.push(openChannel(id, spec, claims, ports, transports));
  }
  return channels;
}

function openChannel(
  id: string,
  spec: ChannelSpec,
  claims: Schemas,
  ports: Ports,
  transports: Map<ProviderDefinition, Transport>,
): Channel {
  const { provider, options } = spec;
  const path = `the channel "${id}"`;
  assertId(path, id);
  assertKnown(path, spec.settings as object, [...Object.keys(claims), ...channelOptionNames]);
  assertOptions(path, options);
  const settings = parseSettings(path, spec.settings as object, claims);
  const speaks = options.speaks ?? provider.speaks;
  for (const dialect of speaks) {
    if (!provider.dialects.some((known) => known.id === dialect && known.upstream)) {
      throw errors.CONFIG_INVALID(
        `${path}.speaks`,
        `"${dialect}" is no dialect of ${provider.id}.`,
        `Known: ${provider.speaks.join(", ")}.`,
      );
    }
  }

  const key = findKey(spec, ports.env);
  const enabled = options.enabled ?? true;
  const state = !enabled ? "disabled" : key === null && provider.keyVariables.length > 0 ? "no-key" : "ready";
  const base = options.baseURL ?? provider.baseURL;
  const places = openPlaces(provider, base, speaks, { id, key, state, proxy: options.proxy ?? null, ports });
  const all = [...places.values()];
  return {
    id,
    provider,
    options,
    settings,
    state,
    keyFrom: key?.from ?? null,
    speaks,
    spoken: spokenBy(provider, speaks),
    transport: transportOf(provider, ports, transports),
    origin: all[0]?.origin ?? originOf(id, baseOf(base, "")),
    hosts: [...new Set(all.map(({ origin }) => new URL(origin).host))],
    baseURL: (dialect) => places.get(dialect)?.baseURL ?? baseOf(base, dialect),
    credential: (dialect) => places.get(dialect)?.credential ?? null,
    credentials: [...new Set(all.map(({ credential }) => credential))].filter((credential) => credential !== null),
  };
}

/** A chat vendor has what its dialects can answer by themselves, also without an endpoint for it. */
function spokenBy({ dialects }: ProviderDefinition, speaks: readonly string[]): Map<string, string[]> {
  const operations = new Map(dialects.map(({ id, operation = "chat" }) => [id, operation]));
  const spoken = Map.groupBy(speaks, (id) => operations.get(id) ?? "chat");
  if (!spoken.has("chat")) return spoken;
  for (const { operation = "chat" } of dialects.filter(answersAlone)) {
    if (!spoken.has(operation)) spoken.set(operation, []);
  }
  return spoken;
}

function assertOptions(
  path: string,
  { weight = 1, multiplier = 1, priority = 0, proxy, prices = {}, unsupported }: ChannelOptions,
): void {
  for (const [name, value] of Object.entries({ weight, multiplier })) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) continue;
    throw errors.CONFIG_INVALID(
      `${path}.${name}`,
      `${String(value)} is not a number of 0 or more.`,
      "Leave it out for 1.",
    );
  }
  if (typeof priority !== "number" || !Number.isFinite(priority)) {
    throw errors.CONFIG_INVALID(`${path}.priority`, `${String(priority)} is not a number.`, "Leave it out for 0.");
  }
  if (Math.round(multiplier * 1_000_000) / 1_000_000 !== multiplier) {
    throw errors.CONFIG_INVALID(
      `${path}.multiplier`,
      `${multiplier} has more than six decimals.`,
      "Round it yourself.",
    );
  }
  overridesOf(prices, `${path}.prices`);
  assertChoice(`${path}.unsupported`, unsupported, ["error", "warn"]);
  if (proxy !== undefined && !URL.canParse(proxy)) {
    throw errors.CONFIG_INVALID(`${path}.proxy`, "is no URL.", "Write http://host:port.");
  }
}

function assertId(path: string, id: string): void {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(id)) {
    throw errors.CONFIG_INVALID(
      path,
      "its id has characters other than letters, digits, '.', '_' and '-'.",
      "Choose another id.",
    );
  }
}

/** Parses settings that plugins claimed, so that defaults are filled in. */
export function parseSettings(path: string, settings: object, claims: Schemas): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(claims)) {
    const result = parseWith(schema, (settings as Record<string, unknown>)[name]);
    if (!result.ok)
      throw errors.CONFIG_INVALID(`${path}.${name}${result.path}`, `${result.problem}.`, "Correct the value.");
    if (result.value !== undefined) parsed[name] = result.value;
  }
  return parsed;
}

interface Key {
  value: string;
  /** The variable that held it, or `config`. */
  from: string;
}

function findKey({ provider, options }: ChannelSpec, env: Ports["env"]): Key | null {
  if (options.apiKey !== undefined && options.apiKey !== "") return { value: options.apiKey, from: "config" };
  for (const variable of provider.keyVariables) {
    const value = env[variable]?.trim();
    if (value) return { value, from: variable };
  }
  return null;
}

function baseOf(base: ProviderDefinition["baseURL"], dialect: string): string {
  const url = typeof base === "string" ? base : (base[dialect] ?? Object.values(base)[0] ?? "");
  return url.replace(/\/+$/, "");
}

/** What is known of a channel when its credentials are made. */
interface Opening {
  id: string;
  key: Key | null;
  state: Channel["state"];
  proxy: string | null;
  ports: Ports;
}

/** Where one dialect of a channel is asked, and with what. */
interface Place {
  baseURL: string;
  origin: string;
  credential: Credential | null;
}

function openPlaces(
  { auth }: ProviderDefinition,
  base: ProviderDefinition["baseURL"],
  speaks: readonly string[],
  opening: Opening,
): Map<string, Place> {
  const credentials = remembering((way: Auth) => remembering(credentialsOf(way, opening)));
  return new Map(
    speaks.map((dialect) => {
      const baseURL = baseOf(base, dialect);
      const origin = originOf(opening.id, baseURL);
      return [dialect, { baseURL, origin, credential: credentials(authOf(auth, dialect))(origin) }];
    }),
  );
}

/** What `make` makes of a key, made once. */
function remembering<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as Value;
  };
}

/** The credential for each origin. A signer is opened once: dialects that are signed alike share their tokens. */
function credentialsOf(auth: Auth, { id, key, state, proxy, ports }: Opening): (origin: string) => Credential | null {
  if (auth.type === "none") return () => null;
  if (auth.type === "signed") {
    if (state !== "ready") return () => null;
    const signer = auth.open({ id, key: key?.value ?? null, keyFrom: key?.from ?? null, proxy, ports });
    return (origin) => new SigningCredential(id, [origin], signer);
  }
  if (key === null) return () => null;
  const headers =
    auth.type === "bearer"
      ? { authorization: `Bearer ${key.value}` }
      : { [auth.name]: `${auth.prefix ?? ""}${key.value}` };
  return (origin) => new Credential(id, [origin], headers);
}

function authOf(auth: ProviderDefinition["auth"], dialect: string): Auth {
  if ("type" in auth && typeof auth.type === "string") return auth as Auth;
  return (auth as Readonly<Record<string, Auth>>)[dialect] ?? { type: "none" };
}

function originOf(id: string, baseURL: string): string {
  try {
    return new URL(baseURL).origin;
  } catch (cause) {
    throw errors
      .CONFIG_INVALID(`the channel "${id}"`, `its baseURL "${baseURL}" is no URL.`, "Write https://host/path.")
      .because(cause);
  }
}

function transportOf(
  provider: ProviderDefinition,
  ports: Ports,
  transports: Map<ProviderDefinition, Transport>,
): Transport {
  const known = transports.get(provider);
  if (known) return known;
  const own = provider.transport?.(ports) ?? ports.transport;
  const opened = isSigned(provider.auth) ? createSigningTransport(own) : own;
  transports.set(provider, opened);
  return opened;
}

function isSigned(auth: ProviderDefinition["auth"]): boolean {
  if ("type" in auth && typeof auth.type === "string") return auth.type === "signed";
  return Object.values(auth as Readonly<Record<string, Auth>>).some(({ type }) => type === "signed");
}

/** The target for a model of a channel: what the catalogue knows of it, and the quirks that apply. */
export function targetOf(channel: Channel, model: string, prices: Prices): Target {
  const { rename } = channel.options;
  const upstreamModel = rename && Object.hasOwn(rename, model) ? (rename[model] ?? model) : model;
  const info = channel.provider.models?.find((known) => known.id === upstreamModel) ?? null;
  const quirks = quirksOf(channel, upstreamModel);
  const stateDomain = channel.provider.stateDomain ?? channel.provider.id;
  return {
    id: `${channel.id}/${upstreamModel}`,
    channel,
    model: upstreamModel,
    info,
    quirks,
    codec: { model: upstreamModel, quirks, info, stateDomain },
    spoken: spokenWith(channel, upstreamModel),
    lacks: lacksOf(info),
    get price() {
      return prices.of(this);
    },
  };
}

function spokenWith({ spoken, provider }: Channel, model: string): ReadonlyMap<string, readonly string[]> {
  const row = provider.modelSpeaks?.find(([glob]) => matchesGlob(glob, model));
  if (!row) return spoken;
  const taken = [...spoken].map(([operation, ids]) => {
    const some = ids.filter((id) => row[1].includes(id));
    return [operation, some.length > 0 ? some : ids] as const;
  });
  return new Map(taken);
}

function lacksOf(info: ModelInfo | null): Set<keyof Abilities> {
  return new Set(needed.filter((ability) => info?.abilities?.[ability] === false));
}

function quirksOf({ provider, options }: Channel, model: string): Quirks {
  const rows = (provider.modelQuirks ?? []).filter(([glob]) => matchesGlob(glob, model)).map(([, quirks]) => quirks);
  return Object.assign({}, provider.quirks, ...rows, options.quirks) as Quirks;
}
