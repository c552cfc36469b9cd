import type { InspectedChannel, Inspection, ListedModel } from "@sluice/core";

export type Level = "ok" | "warning" | "error";

/** One line of `sluice check`. */
export interface Finding {
  group: "Config" | "Secrets" | "Channels" | "Models";
  level: Level;
  /** Null for what is well. */
  code: string | null;
  message: string;
  fix: string | null;
}

/** What the secrets of a project look like, without the secrets. */
export interface SecretFacts {
  /** Channels whose key stands in a source file. */
  literalKeys: readonly { channel: string; file: string }[];
  /** Variables whose value is no key. */
  placeholders: readonly string[];
  /** `.env` files that git tracks. */
  tracked: readonly string[];
}

const priceDays = 30;

export function ok(group: Finding["group"], message: string): Finding {
  return { group, level: "ok", code: null, message, fix: null };
}

export function checkSecrets({ literalKeys, placeholders, tracked }: SecretFacts): Finding[] {
  const found: Finding[] = [
    ...literalKeys.map(({ channel, file }) =>
      bad(
        "Secrets",
        "error",
        "KEY_IN_SOURCE",
        `The key of ${channel} is written in ${file}.`,
        "Move it to .env, and replace the key: it may be in the history.",
      ),
    ),
    ...placeholders.map((variable) =>
      bad(
        "Secrets",
        "warning",
        "PLACEHOLDER_KEY",
        `${variable} holds a placeholder.`,
        `Put the real key into .env, or remove ${variable}.`,
      ),
    ),
    ...tracked.map((file) =>
      bad(
        "Secrets",
        "error",
        "ENV_IN_GIT",
        `${file} is tracked by git.`,
        `git rm --cached ${file}, add it to .gitignore, and replace its keys.`,
      ),
    ),
  ];
  return found.length === 0 ? [ok("Secrets", "No key in the sources, no placeholder, no .env in git.")] : found;
}

export function checkChannels(channels: readonly InspectedChannel[]): Finding[] {
  if (channels.every(({ state }) => state !== "ready")) {
    const fix = "Set a provider's key, or add mock() to providers.";
    return [bad("Channels", "error", "NO_CHANNEL", "No channel can serve.", fix), ...channels.map(checkChannel)];
  }
  return channels.map(checkChannel);
}

function checkChannel({ id, key, state, mock }: InspectedChannel): Finding {
  if (state === "disabled") return ok("Channels", `${id} is disabled.`);
  if (key.from === "missing") {
    return bad(
      "Channels",
      "warning",
      "NO_KEY",
      `${id} has no key.`,
      `Set ${key.variables.join(" or ")} in .env, or remove the channel.`,
    );
  }
  if (key.from === "variable") return ok("Channels", `${id} has its key from ${key.variable}.`);
  return ok(
    "Channels",
    key.from === "config" ? `${id} has its key from the config.` : `${id} needs no key${mock ? " (mock)" : ""}.`,
  );
}

/** Names of the config that no ready channel can answer, and prices that are missing or old. */
export function checkModels({ models, channels, served }: Inspection, today: Date): Finding[] {
  const ready = channels.filter(({ state }) => state === "ready");
  const readyNames = new Set(ready.flatMap(({ id, provider }) => [id, provider]));
  const aliases = new Set(models.map(({ name }) => name));
  const dark = models.filter(
    ({ targets }) =>
      !targets.some((target) => aliases.has(target) || readyNames.has(channelOf(target)) || !target.includes("/")),
  );

  const unserved = dark.map(({ name, targets }) =>
    bad(
      "Models",
      "warning",
      "NO_READY_TARGET",
      `${name} has no ready target: ${targets.join(", ")}.`,
      "Set the key of one of its channels, or add another target.",
    ),
  );
  const resolved = ok(
    "Models",
    `${models.length - dark.length} of ${models.length} names of the config can be served; ${served.length} models in all.`,
  );
  return [...unserved, resolved, ...checkPrices(served, ready, today)];
}

function checkPrices(served: readonly ListedModel[], ready: readonly InspectedChannel[], today: Date): Finding[] {
  const vendors = new Set(ready.filter(({ mock }) => !mock).map(({ provider }) => provider));
  const sold = served.filter(({ ownedBy }) => vendors.has(ownedBy));
  const unpriced = sold.filter(({ info }) => !info?.price).map(({ id }) => id);
  const old = sold
    .filter(({ info }) => info?.price && !(ageInDays(info.price.date, today) <= priceDays))
    .map(({ id }) => id);
  const findings: Finding[] = [];
  if (unpriced.length > 0) {
    findings.push(
      bad(
        "Models",
        "warning",
        "NO_PRICE",
        `No price is known for ${some(unpriced)}.`,
        "Their cost is shown as unknown. Add prices() of @sluice/prices to the plugins, or their prices to the config.",
      ),
    );
  }
  if (old.length > 0) {
    findings.push(
      bad(
        "Models",
        "warning",
        "OLD_PRICE",
        `The price is older than ${priceDays} days, or undated, for ${some(old)}.`,
        "Update the package that the price comes from, or give the price in the config.",
      ),
    );
  }
  return findings;
}

export function bad(
  group: Finding["group"],
  level: "warning" | "error",
  name: string,
  message: string,
  fix: string,
): Finding {
  return { group, level, code: `SLUICE_CHECK_${name}`, message, fix };
}

function channelOf(target: string): string {
  return target.split("/")[0] ?? target;
}

/** NaN where nobody says when it was read. */
function ageInDays(date: string | null, today: Date): number {
  return date === null ? Number.NaN : (today.getTime() - Date.parse(date)) / 86_400_000;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
