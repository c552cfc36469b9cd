import type { JsonObject, ReasoningEffort, ReasoningField, ReasoningWish, Warning } from "@sluice/core";
import { budgetOf, effortOf } from "../effort.ts";
import { defined } from "../members.ts";

/** What a vendor can be told of a wish. */
export interface ReasoningAsk {
  members: JsonObject;
  /** What of the wish is lost, for people; null when everything is said. */
  lost: string | null;
}

/** What the vendor offers, as far as it decides how the wish is said. */
export interface ReasoningOffer {
  /** In order of preference. */
  fields: readonly ReasoningField[];
  efforts?: readonly ReasoningEffort[] | undefined;
  maxOutputTokens: number;
}

/** Where the catalogue does not say how much the model can write. */
export const likelyMaxOutput = 32_768;

/** The members that a wish may be written with. */
export const reasoningMembers: Readonly<Record<ReasoningField, readonly string[]>> = {
  reasoning_effort: ["reasoning_effort"],
  reasoning: ["reasoning"],
  thinking: ["thinking"],
  enable_thinking: ["enable_thinking", "thinking_budget"],
};

/** Says a wish about thinking in the first field that can say all of it, else in the first that can say something. */
export function askFor(wish: ReasoningWish, offer: ReasoningOffer): ReasoningAsk {
  const asks = offer.fields.map((field) => sayers[field](wish, offer)).filter(({ members }) => says(members));
  return asks.find(({ lost }) => lost === null) ?? asks[0] ?? { members: {}, lost: null };
}

function says(members: JsonObject): boolean {
  return Object.keys(members).length > 0;
}

export function lostReasoning(lost: string, field: string): Warning {
  return { code: "changed_parameter", message: `The vendor cannot be told ${lost} of thinking.`, field };
}

type Sayer = (wish: ReasoningWish, offer: ReasoningOffer) => ReasoningAsk;

const sayers: Readonly<Record<ReasoningField, Sayer>> = {
  reasoning_effort(wish, { efforts, maxOutputTokens }) {
    const budget = wish.budgetTokens;
    const given = isOff(wish) ? "none" : wish.effort;
    const effort = given ?? (budget === undefined || budget < 0 ? undefined : effortOf(budget, maxOutputTokens));
    const isOffered = effort === undefined || efforts === undefined || efforts.includes(effort);
    const lost = given === undefined && effort !== undefined ? budgetLost : isOffered ? null : `the effort ${effort}`;
    return { members: defined({ reasoning_effort: effort }), lost };
  },
  reasoning(wish) {
    const budget = wish.budgetTokens ?? -1;
    const amount = isOff(wish)
      ? { effort: "none" }
      : budget > 0
        ? { max_tokens: budget }
        : wish.effort
          ? { effort: wish.effort }
          : asks(wish)
            ? { enabled: true }
            : {};
    const said = { ...amount, ...(wish.include === false ? { exclude: true } : {}) };
    return { members: says(said) ? { reasoning: said } : {}, lost: null };
  },
  thinking(wish) {
    if (isOff(wish)) return { members: { thinking: { type: "disabled" } }, lost: null };
    if (!asks(wish)) return { members: {}, lost: null };
    const lost = (wish.budgetTokens ?? -1) > 0 ? budgetLost : wish.effort ? `the effort ${wish.effort}` : null;
    return { members: { thinking: { type: "enabled" } }, lost };
  },
  enable_thinking(wish, { maxOutputTokens }) {
    if (isOff(wish)) return { members: { enable_thinking: false }, lost: null };
    if (!asks(wish)) return { members: {}, lost: null };
    const budget = wish.budgetTokens ?? (wish.effort ? budgetOf(wish.effort, maxOutputTokens) : -1);
    return { members: { enable_thinking: true, ...(budget > 0 ? { thinking_budget: budget } : {}) }, lost: null };
  },
};

const budgetLost = "the exact budget";

function isOff({ effort, budgetTokens }: ReasoningWish): boolean {
  return budgetTokens === 0 || (effort === "none" && budgetTokens === undefined);
}

function asks({ effort, budgetTokens, adaptive }: ReasoningWish): boolean {
  return effort !== undefined || budgetTokens !== undefined || adaptive === true;
}
