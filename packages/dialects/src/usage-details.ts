import { isObject, numberOf } from "@sluice/core";
import type { Json, JsonObject, UsageDetails } from "@sluice/core";

type Count = Exclude<keyof UsageDetails, "toolCalls" | "serviceTier" | "variant">;

/** Tiers that are every vendor's usual one: an answer that says so has nothing to tell. */
const usual: ReadonlySet<string> = new Set(["default", "standard", "auto", "on_demand", "traffic_type_unspecified"]);

/** Details as they are collected. Counts of 0 and the usual tier are left out, so that most answers have none at all. */
export class DetailsReader {
  #details: UsageDetails | undefined;

  /** The value of a wire field, where it is a count. Of several fields the last wins. */
  count(name: Count, value: Json | undefined): this {
    const amount = numberOf(value);
    if (amount !== undefined && amount > 0) (this.#details ??= {})[name] = amount;
    return this;
  }

  calls(kind: string, value: Json | undefined): this {
    const amount = numberOf(value);
    if (amount === undefined || amount <= 0) return this;
    const details = (this.#details ??= {});
    details.toolCalls = { ...details.toolCalls, [kind]: amount };
    return this;
  }

  /** An object of counts such as `{ web_search_requests: 2 }`, by kind of tool. */
  callsIn(counts: Json | undefined, suffix: string): this {
    if (!isObject(counts)) return this;
    for (const [name, value] of Object.entries(counts as JsonObject)) {
      const kind = name.toLowerCase();
      if (kind.endsWith(suffix) && /^[a-z0-9_]{1,64}$/.test(kind)) this.calls(kind.slice(0, -suffix.length), value);
    }
    return this;
  }

  tier(value: Json | undefined): this {
    if (typeof value !== "string" || value === "") return this;
    const tier = value.toLowerCase().replace(/^on_demand_/, "");
    if (!usual.has(tier)) (this.#details ??= {}).serviceTier = tier;
    return this;
  }

  /** To be spread into a usage. */
  read(): { details?: UsageDetails } {
    return this.#details === undefined ? {} : { details: this.#details };
  }
}
