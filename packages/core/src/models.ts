import { commonOf } from "./abilities.ts";
import type { Common } from "./abilities.ts";
import type { Channel, Target } from "./channel.ts";
import { parseSettings, targetOf } from "./channels.ts";
import { assertKnown } from "./config.ts";
import type { ModelConfig } from "./config.ts";
import type { ListedModel } from "./dialect.ts";
import { errors } from "./errors.ts";
import { isGlob, matchesGlob } from "./glob.ts";
import { nearest } from "./guess.ts";
import { Prices } from "./prices.ts";
import type { SkippedTarget } from "./receipt.ts";
import type { Schemas } from "./schema.ts";

/** What a name stands for: the targets that could serve it, in order, and the settings of the route it matched. */
export interface ResolvedModel {
  name: string;
  /** The alias or pattern of the config, or null for a name that needs none. */
  route: string | null;
  targets: readonly Target[];
  skipped: readonly SkippedTarget[];
  settings: Readonly<Record<string, unknown>>;
  /** Why these targets, in words. */
  why: string;
  common: Common;
}

interface Alias {
  name: string;
  targets: readonly string[];
  settings: Readonly<Record<string, unknown>>;
}

/** A name looked up once: all that does not depend on the draw. */
interface KnownModel extends Omit<ResolvedModel, "targets"> {
  /** Targets that can serve, in groups of equal priority. */
  groups: readonly Group[];
  /** The same in order, where the draw has nothing to decide. */
  inOrder: readonly Target[] | null;
}

/** Names come from clients: what is remembered of them is bounded. */
const remembered = 1_000;

/** The names that a gateway serves. Indexed once from the config, so that a look-up costs the same with any number of channels. */
export class Models {
  readonly aliases: readonly Alias[];
  readonly #exact = new Map<string, Alias>();
  readonly #patterns: Alias[] = [];
  readonly #channels: readonly Channel[];
  readonly #defaults: Readonly<Record<string, unknown>>;
  readonly #prices: Prices;
  readonly #byOwner: ReadonlyMap<string, readonly Channel[]>;
  /** Names that were asked for; the oldest are forgotten. */
  readonly #known = new Map<string, KnownModel>();

  constructor(
    config: Readonly<Record<string, ModelConfig<object>>>,
    channels: readonly Channel[],
    claims: Schemas,
    prices: Prices = new Prices({}),
  ) {
    this.#channels = channels;
    this.#prices = prices;
    this.#byOwner = indexOwners(channels);
    this.#defaults = parseSettings("models", {}, optionalClaims(claims));
    this.aliases = Object.entries(config).map(([name, model]) => toAlias(name, model, claims));
    for (const alias of this.aliases) {
      if (isGlob(alias.name)) this.#patterns.push(alias);
      else this.#exact.set(alias.name, alias);
    }
    // The longest pattern is the most specific one.
    this.#patterns.sort((a, b) => b.name.length - a.name.length);
    for (const alias of this.aliases) this.#assertTargets(alias);
  }

  /** Throws `SLUICE_REQUEST_INVALID`, `SLUICE_ROUTE_UNKNOWN_MODEL`. `draw` in [0, 1) decides among channels of equal priority by weight. */
  resolve(name: string, draw: number): ResolvedModel {
    const known = this.#known.get(name) ?? this.#remember(name, this.#look(name));
    const { route, skipped, settings, why, common } = known;
    return { name, route, skipped, settings, why, common, targets: known.inOrder ?? drawn(known.groups, draw) };
  }

  /** All names for `/v1/models`: aliases first, then what each ready channel is known to serve. */
  list(): ListedModel[] {
    const aliases = this.aliases
      .filter((alias) => !isGlob(alias.name))
      .map((alias): ListedModel => ({ id: alias.name, ownedBy: "sluice", info: this.#infoOf(alias) }));
    const direct = this.#channels.filter((channel) => channel.state === "ready").flatMap((each) => this.#listed(each));
    return [...aliases, ...direct];
  }

  /** What the provider knows of a channel, then what price sources know beside it, each with its price. */
  #listed(channel: Channel): ListedModel[] {
    const { provider, options } = channel;
    const own = (provider.models ?? []).filter(({ id }) => serves(channel, id));
    const names = new Set(own.map(({ id }) => id));
    const facts = new Map(this.#prices.list(provider.id).map((info) => [info.id, info]));
    const others = provider.closed ? [] : [...facts.values()].filter(({ id }) => !names.has(id));
    const served = others.filter(({ id }) => options.models?.some((glob) => matchesGlob(glob, id)) ?? true);
    return [...own, ...served].map((info) => {
      const target = targetOf(channel, info.id, this.#prices);
      return {
        id: `${channel.id}/${info.id}`,
        ownedBy: provider.id,
        info: this.#prices.told(target, facts.get(info.id)),
      };
    });
  }

  /** One listed model, or a name that resolves without being listed. */
  find(name: string): ListedModel {
    const listed = this.list().find((model) => model.id === name);
    if (listed) return listed;
    const [first] = this.resolve(name, 0).targets;
    if (!first) throw errors.ROUTE_UNKNOWN_MODEL(name, nearest(name, this.#names()));
    return { id: name, ownedBy: first.channel.provider.id, info: this.#prices.told(first) };
  }

  /** One channel's model, whatever names resolve to; null when that channel is not ready. */
  at(channelId: string, model: string): Target | null {
    const channel = this.#channels.find(({ id }) => id === channelId);
    return channel?.state === "ready" ? targetOf(channel, model, this.#prices) : null;
  }

  /** As `at`, where something new is to be made: the name comes from a client, and prices go by it. Throws `SLUICE_ROUTE_UNKNOWN_MODEL`. */
  offered(channelId: string, model: string): Target | null {
    const target = this.at(channelId, model);
    if (target && !isServed(target.channel, model)) throw errors.ROUTE_UNKNOWN_MODEL(target.id, null);
    return target;
  }

  #infoOf(alias: Alias): ListedModel["info"] {
    const [first] = this.#expand(alias, alias.name, [alias.name]).flat();
    return first ? this.#prices.told(first) : null;
  }

  #look(name: string): KnownModel {
    assertName(name);
    const alias = this.#exact.get(name) ?? this.#patterns.find((pattern) => matchesGlob(pattern.name, name));
    const all = distinct(alias ? this.#expand(alias, name, [alias.name]) : this.#direct(name));
    if (all.length === 0) throw errors.ROUTE_UNKNOWN_MODEL(name, nearest(name, this.#names()));
    const isReady = ({ channel }: Target) => channel.state === "ready";
    const groups = all.map((group) => group.filter(isReady)).filter((group) => group.length > 0);
    return {
      name,
      route: alias?.name ?? null,
      groups: groups.map(groupOf),
      inOrder: groups.every((group) => group.length === 1) ? groups.flat() : null,
      skipped: all
        .flat()
        .filter((target) => !isReady(target))
        .map(skippedFor),
      settings: alias?.settings ?? this.#defaults,
      why: alias ? `"${name}" matches the config's "${alias.name}"` : `"${name}" names its target`,
      common: commonOf(groups.flat()),
    };
  }

  #remember(name: string, model: KnownModel): KnownModel {
    if (this.#known.size >= remembered) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(name, model);
    return model;
  }

  #expand(alias: Alias, asked: string, path: readonly string[]): Target[][] {
    return alias.targets.flatMap((written) => {
      const name = written.replace("*", asked);
      const nested = path.includes(name) ? undefined : this.#exact.get(name);
      return nested ? this.#expand(nested, name, [...path, name]) : this.#direct(name);
    });
  }

  #direct(name: string): Target[][] {
    const slash = name.indexOf("/");
    const owned = slash > 0 ? this.#byOwner.get(name.slice(0, slash)) : undefined;
    const model = owned ? name.slice(slash + 1) : name;
    const channels = owned
      ? owned.filter((channel) => accepts(channel, model))
      : this.#channels.filter((channel) => serves(channel, model));
    return byPriority(channels.map((channel) => targetOf(channel, model, this.#prices)));
  }

  #assertTargets(alias: Alias): void {
    for (const [index, written] of alias.targets.entries()) {
      const path = `models["${alias.name}"].targets[${index}]`;
      if (this.#exact.has(written) && this.#loops(written, [alias.name])) {
        throw errors.CONFIG_INVALID(path, `"${written}" leads back to "${alias.name}".`, "Name a provider's model.");
      }
      const known =
        this.#exact.has(written) ||
        (written.includes("*") ? this.#ownerExists(written) : this.#direct(written).length > 0);
      if (!known) throw errors.CONFIG_UNKNOWN_MODEL(path, written, nearest(written, this.#names()));
    }
  }

  #loops(name: string, path: readonly string[]): boolean {
    if (path.includes(name)) return true;
    return (this.#exact.get(name)?.targets ?? []).some(
      (next) => this.#exact.has(next) && this.#loops(next, [...path, name]),
    );
  }

  #ownerExists(written: string): boolean {
    return this.#byOwner.has(written.split("/", 1)[0] ?? "");
  }

  *#names(): Generator<string> {
    yield* this.#exact.keys();
    for (const channel of this.#channels) {
      for (const { id } of channel.provider.models ?? []) {
        yield `${channel.id}/${id}`;
        yield id;
      }
    }
  }
}

// A model's name ends up in headers, and in the paths of URLs.
function assertName(name: string): void {
  const isPlain = name !== "" && name.length <= 256 && name.isWellFormed() && !/\p{Cc}/u.test(name);
  if (!isPlain || name.split("/").some((part) => part === "." || part === "..")) {
    throw errors.REQUEST_INVALID("model", 'must be 1 to 256 characters without control characters, "." or ".." parts');
  }
}

function toAlias(name: string, model: ModelConfig<object>, claims: Schemas): Alias {
  const path = `models["${name}"]`;
  const { targets, ...settings } = typeof model === "string" ? { targets: [model] } : model;
  if (!Array.isArray(targets) || targets.length === 0) {
    throw errors.CONFIG_INVALID(path, "has no targets.", 'Write targets: ["provider/model"].');
  }
  assertKnown(path, settings, [...Object.keys(claims), "targets"]);
  return { name, targets, settings: parseSettings(path, settings, claims) };
}

// A name without a route has no settings: required ones are simply absent there.
function optionalClaims(claims: Schemas): Schemas {
  return Object.fromEntries(Object.entries(claims).filter(([, schema]) => accepted(schema)));
}

function accepted(schema: Schemas[string]): boolean {
  const result = schema["~standard"].validate(undefined);
  return !(result instanceof Promise) && result.issues === undefined;
}

/** Whether a channel offers a raw id: by its own patterns, else by what the provider lists. */
function serves(channel: Channel, model: string): boolean {
  const { models, rename } = channel.options;
  if (rename && Object.hasOwn(rename, model)) return true;
  if (models) return models.some((glob) => matchesGlob(glob, model));
  return (channel.provider.models ?? []).some((known) => known.id === model);
}

/** Whether a channel takes a model that was asked of it by name: anything, unless patterns or a closed list say no. */
function accepts(channel: Channel, model: string): boolean {
  if (model === "") return false;
  return channel.options.models || channel.provider.closed ? serves(channel, model) : true;
}

/** By the name under which its upstream knows it. */
function isServed(channel: Channel, model: string): boolean {
  return accepts(channel, model) || Object.values(channel.options.rename ?? {}).includes(model);
}

/** `openai/…` means every channel of the provider, also when one of them is called `openai`. */
function indexOwners(channels: readonly Channel[]): Map<string, Channel[]> {
  const owners = new Map<string, Channel[]>();
  for (const channel of channels) owners.set(channel.id, [channel]);
  const providers = new Set(channels.map((channel) => channel.provider.id));
  for (const provider of providers) owners.set(provider, []);
  for (const channel of channels) owners.get(channel.provider.id)?.push(channel);
  return owners;
}

/** Groups of equal priority, the lowest first. */
function byPriority(targets: readonly Target[]): Target[][] {
  const groups = Map.groupBy(targets, ({ channel }) => channel.options.priority ?? 0);
  return [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => group);
}

/** Targets of equal priority. */
interface Group {
  targets: readonly Target[];
  /** The weight of each and of all before it. */
  upTo: readonly number[];
}

function groupOf(targets: readonly Target[]): Group {
  let sum = 0;
  return { targets, upTo: targets.map((target) => (sum += weightOf(target))) };
}

/** More than any request attempts. */
const mostPicked = 10;

function drawn(groups: readonly Group[], draw: number): readonly Target[] {
  const [only] = groups;
  return groups.length === 1 && only ? weighted(only, draw) : groups.flatMap((group) => weighted(group, draw));
}

/**
 * The first by weight, as `draw` alone says, then the others as they are listed: nobody gets that far down a plan. What is
 * picked is found by halving, so that a thousand channels cost a copy of their list and little more.
 */
function weighted({ targets, upTo }: Group, draw: number): readonly Target[] {
  const { length } = targets;
  if (length < 2) return targets;
  const most = Math.min(mostPicked, length - 1);
  const picked: number[] = [];
  const ascending: number[] = [];
  let left = upTo[length - 1] ?? 0;
  let point = draw;
  while (picked.length < most) {
    let at = point * left;
    // Shares that are taken are stepped over, so that the others keep theirs.
    for (const taken of ascending) if (at >= (upTo[taken - 1] ?? 0)) at += shareOf(upTo, taken);
    const index = firstAbove(upTo, at);
    const share = shareOf(upTo, index);
    // Nothing but rounding is left, and channels without a weight: those come as they are listed.
    if (share === 0 || ascending.includes(index)) break;
    picked.push(index);
    insert(ascending, index);
    left -= share;
    // What is left of the draw inside the picked share is uniform again.
    point = (fraction((at - (upTo[index - 1] ?? 0)) / share) + picked.length * golden) % 1;
  }
  return picksFirst(targets, picked, ascending);
}

/** The picked ones in their order, then the others in theirs: in runs, which are copied ten times as fast as one by one. */
function picksFirst(
  targets: readonly Target[],
  picked: readonly number[],
  ascending: readonly number[],
): readonly Target[] {
  const runs: (readonly Target[])[] = [];
  let from = 0;
  for (const index of ascending) {
    if (index > from) runs.push(targets.slice(from, index));
    from = index + 1;
  }
  if (from < targets.length) runs.push(targets.slice(from));
  return picked.map((index) => targets[index] as Target).concat(...runs);
}

function insert(ascending: number[], number: number): void {
  let at = ascending.length;
  for (; at > 0 && (ascending[at - 1] as number) > number; at--) ascending[at] = ascending[at - 1] as number;
  ascending[at] = number;
}

// A few bits of a draw are spent with each pick; steps of this size never settle into a round.
const golden = 0.618_033_988_749_895;

function fraction(part: number): number {
  return Math.min(Math.max(part, 0), 1 - Number.EPSILON);
}

function shareOf(upTo: readonly number[], index: number): number {
  return (upTo[index] ?? 0) - (upTo[index - 1] ?? 0);
}

function firstAbove(upTo: readonly number[], point: number): number {
  let low = 0;
  let high = upTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((upTo[middle] ?? 0) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

function weightOf(target: Target | undefined): number {
  return target?.channel.options.weight ?? 1;
}

/** Every target once, where it comes first. */
function distinct(groups: readonly Target[][]): Target[][] {
  const seen = new Set<string>();
  const kept = groups.map((group) => group.filter(({ id }) => !seen.has(id) && seen.add(id)));
  return kept.filter((group) => group.length > 0);
}

function skippedFor(target: Target): SkippedTarget {
  const reason =
    target.channel.state === "disabled"
      ? "the channel is disabled"
      : `no key: set ${target.channel.provider.keyVariables[0]}`;
  return { target: target.id, reason };
}
