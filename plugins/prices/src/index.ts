import { definePlugin } from "@sluice/core";
import type { Disposer } from "@sluice/core";

export interface PricesOptions {
  /**
   * Fetch newer prices, at the start and then at intervals. `false`: the prices that ship with the package, and no call
   * anywhere; `sluice models --refresh` then finds nothing either. @default false
   */
  update?: false | UpdateOptions;
  /** The version of a staged snapshot that you have looked at: it is taken although a price in use moves by more than 4×. @default none */
  confirm?: string;
}

/** Where newer prices are, and how often to look. */
export interface UpdateOptions {
  /** Where the table is. @default the table of genai-prices on GitHub */
  url?: string;
  /** Hours between two looks. @default 24 */
  everyHours?: number;
}

/**
 * Prices of hundreds of models, with their source and date. Without a network unless it is told to update.
 *
 * @example plugins: [prices()]
 */
export const prices = definePlugin("prices", (options: PricesOptions) => ({
  async setup(gateway): Promise<Disposer> {
    // Loaded when a gateway opens: the table is most of a megabyte.
    const { openSource } = await import("./open-source.ts");
    const { source, close } = openSource(options, gateway);
    gateway.addPrices(source);
    return close;
  },
}));
