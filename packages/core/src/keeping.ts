import type { Target } from "./channel.ts";
import type { Settings } from "./config.ts";
import type { GatewayError } from "./errors.ts";
import type { SkippedTarget } from "./receipt.ts";

/**
 * Whether the target must keep to all that was asked, or leave the plan: when the caller demands it, else as its channel or
 * the gateway is set.
 */
export function mustKeep(
  target: Target,
  demanded: boolean | undefined,
  settings: Pick<Settings, "unsupported">,
): boolean {
  return demanded === true || (target.channel.options.unsupported ?? settings.unsupported) === "error";
}

/**
 * Takes out the targets that refuse the request, with the reason. Throws the first refusal when none is left: it names the
 * field.
 */
export function keeping(
  targets: readonly Target[],
  refusalBy: (target: Target) => GatewayError | null,
): { targets: readonly Target[]; skipped: SkippedTarget[] } {
  const refusals = targets.map(refusalBy);
  const [first] = refusals.filter((refusal) => refusal !== null);
  if (first === undefined) return { targets, skipped: [] };
  const kept = targets.filter((_target, index) => refusals[index] === null);
  if (kept.length === 0) throw first;
  const skipped = targets.flatMap(({ id }, index) => {
    const refusal = refusals[index];
    return refusal ? [{ target: id, reason: refusal.message }] : [];
  });
  return { targets: kept, skipped };
}
