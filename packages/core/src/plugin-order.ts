import type { Plugin } from "./plugin.ts";

const tiers = ["pre", "normal", "post"] as const;

/** List order, first is outermost; `pre` and `post` are moved to the ends. `sluice inspect` prints the result. */
export function ordered(plugins: readonly Plugin[]): Plugin[] {
  return tiers.flatMap((tier) => plugins.filter((plugin) => (plugin?.definition?.order ?? "normal") === tier));
}
